/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An export with ,snapshot: many initiators on one image, each with what it wrote itself, and only
 * as much as there is room for. (Layers that are kept: test_serve_layers_kept.c.) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/protocol/layering.h"

static const struct aoe_address disk = {7, 3};
static bool may_mount;

static void everyone_has_its_own(void **state)
{
	struct scene *scene = *state;
	struct client *a = scene_client(scene), *b = scene_client(scene), *c = scene_client(scene);
	uint8_t of_a[2 * AOE_SECTOR], of_b[16 * AOE_SECTOR];

	layering_serve(scene, "snapshot");
	scene_expect(scene, "a layer for each initiator, thrown away at the end");
	fill(of_a, sizeof(of_a), 2);
	fill(of_b, sizeof(of_b), 3);
	layering_expect(a, 5, 16, layering_of_image(5));
	layering_check_count(scene, 0);
	/* Part of a block, over the edge of one, whole ones. */
	write_sectors(a, disk, 13, 1, of_a);
	write_sectors(a, disk, 23, 2, of_a);
	write_sectors(b, disk, 8, 16, of_b);
	layering_check_count(scene, 2);
	layering_expect(a, 13, 1, of_a);
	layering_expect(a, 23, 2, of_a);
	layering_expect(a, 0, 13, layering_of_image(0));
	layering_expect(a, 14, 9, layering_of_image(14));
	layering_expect(a, 25, 15, layering_of_image(25));
	layering_expect(b, 8, 16, of_b);
	layering_expect(b, 0, 8, layering_of_image(0));
	layering_expect(b, 24, 16, layering_of_image(24));
	layering_expect(c, 13, 16, layering_of_image(13));
	/* The end of the image, which is no whole block. */
	write_sectors(a, disk, LAYERING_SECTORS - 1, 1, of_a);
	layering_expect(a, LAYERING_SECTORS - 1, 1, of_a);
	layering_expect(a, LAYERING_SECTORS - 4, 3, layering_of_image(LAYERING_SECTORS - 4));
	write_sectors(c, disk, LAYERING_SECTORS - 2, 2, of_b);
	layering_expect(c, LAYERING_SECTORS - 2, 2, of_b);
	layering_expect(c, LAYERING_SECTORS - 3, 1, layering_of_image(LAYERING_SECTORS - 3));
	ask_failing(a, disk, ATA_WRITE_EXT, LAYERING_SECTORS, 1, ATA_ERROR_ID_NOT_FOUND);
	/* What they have is their own again in another way. */
	write_sectors(a, disk, 8, 1, of_b);
	layering_expect(a, 8, 1, of_b);
	layering_expect(a, 13, 1, of_a);
	ask(a, make_ata(a, disk, ATA_FLUSH, 0, 0, NULL, 0));
	ask(c, make_config(c, disk, AOE_CONFIG_READ, ""));
	ask(a, make_ata(a, disk, ATA_IDENTIFY, 0, 1, NULL, 0));
	control_agrees(scene, "status prometheus", "etherroot_layers{export=\"e7.3\"} 3\n");
	control_agrees(scene, "status prometheus",
	               "etherroot_layer_bytes{export=\"e7.3\"} 28672\n");
	control_agrees(scene, "status table",
	               "02:00:00:00:00:02            8      1048576  serving");
	scene_stop(scene);
	/* Thrown away. */
	layering_serve(scene, "snapshot");
	layering_expect(a, 8, 16, layering_of_image(8));
	layering_expect(b, 8, 16, layering_of_image(8));
}

/* Nobody can write to the image while it is served so, and others may read it. */
static void the_image_is_only_read(void **state)
{
	struct scene *scene = *state;
	int fd = open(scene_path(scene, "disk"), O_RDONLY | O_CLOEXEC);

	assert_int_equal(flock(fd, LOCK_SH), 0);
	layering_serve(scene, "snapshot");
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), -1);
	close(fd);
	scene_stop(scene);
	/* Two exports of it, and one that only reads. */
	scene_serve(scene, scene_text(scene, "7.3=%s/disk,snapshot", scene->folder),
	            scene_text(scene, "7.4=%s/disk,snapshot", scene->folder),
	            scene_text(scene, "7.5=%s/disk,ro", scene->folder), NULL);
}

static void a_full_layer_is_nobody_elses_matter(void **state)
{
	struct scene *scene = *state;
	struct client *a = scene_client(scene), *b = scene_client(scene);
	uint8_t data[8 * AOE_SECTOR];

	layering_serve(scene, "snapshot-size=8K");
	fill(data, sizeof(data), 2);
	write_sectors(a, disk, 0, 8, data);
	write_sectors(a, disk, 16, 1, data);
	for (int i = 0; i < 20; i++)
		ask_ignored(a, make_ata(a, disk, ATA_WRITE_EXT, 32, 1, data, AOE_SECTOR), disk);
	scene_expect(scene,
	             scene_text(scene,
	                        "e7.3: %s: layer of 02:00:00:00:00:01: writing sector 32: the "
	                        "layer is full: 1 request stays unanswered, and initiators repeat "
	                        "them until it works again: raise snapshot-size and reload, or "
	                        "drop it (etherroot ctl drop)\n",
	                        scene_path(scene, "disk")));
	assert_null(strstr(strstr(scene->log, "is full") + 1, "is full"));
	/* What it has it can write again; and all can be read. */
	write_sectors(a, disk, 17, 7, data);
	layering_expect(a, 17, 7, data);
	layering_expect(a, 32, 16, layering_of_image(32));
	layering_check_found(a, false);
	layering_check_found(b, true);
	write_sectors(b, disk, 32, 1, data);
	control_agrees(scene, "status table",
	               "02:00:00:00:00:01            8            8  silent (writing fails");
	control_agrees(scene, "status prometheus", "etherroot_serving{export=\"e7.3\"} 1\n");
	control_agrees(scene, "status prometheus", "etherroot_layers_silent{export=\"e7.3\"} 1\n");
}

static void more_room_is_found_by_itself(void **state)
{
	struct scene *scene = *state;
	struct client *a = scene_client(scene);
	uint8_t data[AOE_SECTOR];

	layering_serve_configured(scene, "snapshot-size=4K");
	fill(data, sizeof(data), 2);
	write_sectors(a, disk, 0, 1, data);
	ask_ignored(a, make_ata(a, disk, ATA_WRITE_EXT, 32, 1, data, sizeof(data)), disk);
	layering_configure(scene, "snapshot-size=12K");
	scene_signal(scene, SIGHUP);
	/* Once for the change, and once more as it works again. */
	layering_hear_announcement(a);
	layering_hear_announcement(a);
	scene_expect(scene, "layer of 02:00:00:00:00:01: writing works again");
	layering_hear_all(a);
	layering_expect(a, 0, 1, data);
	layering_expect(a, 32, 1, layering_of_image(32));
	write_sectors(a, disk, 32, 1, data);
	layering_expect(a, 32, 1, data);
	/* Less than they hold: full at once. */
	layering_reload(scene, "snapshot-size=4K", "reloaded: 0 exports as before, 1 changed");
	layering_hear_all(a);
	layering_expect(a, 32, 1, data);
	ask_ignored(a, make_ata(a, disk, ATA_WRITE_EXT, 64, 1, data, sizeof(data)), disk);
}

/* ---- a disk that is full ---- */

/*
 * Layers have a small disk of their own. The thread sanitizer puts half a MiB into TMPDIR, where
 * layers without names are.
 */
static int setup_small(void **state)
{
	struct scene *scene;

	if (layering_setup(state))
		return -1;
	scene = *state;
	if (may_mount &&
	    mount("tmpfs", scene_path(scene, "layers"), "tmpfs", 0, "size=1m,mode=700"))
		return -1;
	return 0;
}

static int teardown_small(void **state)
{
	int rc = may_mount ? umount2(scene_path(*state, "layers"), MNT_DETACH) : 0;

	return layering_teardown(state) || rc;
}

/* Returns the file that takes what was left. */
static const char *fill_disk(struct scene *scene)
{
	const char *path = scene_path(scene, "layers/ballast");
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ssize_t n;

	assert_true(fd >= 0);
	while ((n = write(fd, layering_image, sizeof(layering_image))) > 0)
		;
	assert_int_equal(errno, ENOSPC);
	close(fd);
	return path;
}

static void check_said_once(const struct scene *scene, const char *text)
{
	const char *said = strstr(scene->log, text);

	if (!said || strstr(said + 1, text))
		fail_msg("not once: '%s', in:\n%s", text, scene->log);
}

static const char no_room[] =
        "writing sector 800: No space left on device: 1 request stays unanswered, and initiators "
        "repeat them until it works again: make room in the folder of its layers\n";

/* That of one who has a layer, and that of one whose layer would be the next. */
static void fill_up(struct scene *scene, struct client *a, struct client *b)
{
	struct client *c = scene_client(scene);
	uint8_t data[AOE_SECTOR];
	const char *ballast;

	fill(data, sizeof(data), 2);
	write_sectors(a, disk, 0, 1, data);
	ballast = fill_disk(scene);
	layering_write_in_vain(a, 800);
	layering_write_in_vain(b, 800);
	scene_expect(scene, scene_text(scene, "layer of 02:00:00:00:00:01: %s", no_room));
	scene_expect(scene, scene_text(scene, "layer of 02:00:00:00:00:02: %s", no_room));
	check_said_once(scene, scene_text(scene, "00:01: %s", no_room));
	check_said_once(scene, scene_text(scene, "00:02: %s", no_room));
	/* What it has it can write, and everybody reads. */
	write_sectors(a, disk, 1, 1, data);
	layering_expect(a, 0, 1, data);
	layering_expect(a, 1, 1, data);
	layering_expect(a, 800, 16, layering_of_image(800));
	layering_expect(b, 800, 16, layering_of_image(800));
	layering_check_found(a, false);
	layering_check_found(b, false);
	layering_check_found(c, true);
	control_agrees(scene, "status prometheus", "etherroot_layers_silent{export=\"e7.3\"} 2\n");
	assert_int_equal(unlink(ballast), 0);
	layering_write_when_possible(a, 800, data);
	layering_write_when_possible(b, 801, data);
	scene_expect(scene, "layer of 02:00:00:00:00:01: writing works again");
	scene_expect(scene, "layer of 02:00:00:00:00:02: writing works again");
	layering_check_found(a, true);
	layering_check_found(b, true);
}

static void expect_what_was_written(struct client *a, struct client *b)
{
	uint8_t data[AOE_SECTOR];

	fill(data, sizeof(data), 2);
	layering_expect(a, 0, 1, data);
	layering_expect(a, 1, 1, data);
	layering_expect(a, 2, 14, layering_of_image(2));
	layering_expect(a, 800, 1, data);
	layering_expect(a, 801, 7, layering_of_image(801));
	layering_expect(b, 0, 16, layering_of_image(0));
	layering_expect(b, 800, 1, layering_of_image(800));
	layering_expect(b, 801, 1, data);
}

static void a_full_disk_is_silence(void **state)
{
	struct scene *scene = *state;
	struct client *a = scene_client(scene), *b = scene_client(scene);

	if (!may_mount)
		skip();
	layering_serve(scene, layering_kept(scene));
	fill_up(scene, a, b);
	expect_what_was_written(a, b);
	scene_signal(scene, SIGKILL);
	assert_int_equal(scene_wait(scene), 128 + SIGKILL);
	layering_serve(scene, layering_kept(scene));
	expect_what_was_written(a, b);
}

static void so_it_is_without_names(void **state)
{
	struct scene *scene = *state;
	struct client *a = scene_client(scene), *b = scene_client(scene);

	if (!may_mount)
		skip();
	setenv("TMPDIR", scene_path(scene, "layers"), 1);
	layering_serve(scene, "snapshot");
	unsetenv("TMPDIR");
	fill_up(scene, a, b);
	expect_what_was_written(a, b);
}

static void invented_macs_take_only_what_there_is(void **state)
{
	struct scene *scene = *state;
	struct client *a = scene_client(scene), *b = scene_client(scene),
	              *crowd = scene_client(scene);
	uint8_t data[AOE_SECTOR];

	layering_serve_configured(scene, "snapshot-layers=3");
	fill(data, sizeof(data), 2);
	write_sectors(a, disk, 0, 1, data);
	/* Who only reads takes nothing. */
	for (int i = 0; i < 500; i++) {
		crowd->mac.octet[3] = (uint8_t)(i >> 8);
		crowd->mac.octet[4] = (uint8_t)i;
		layering_expect(crowd, 0, 1, layering_of_image(0));
		ask(crowd, make_config(crowd, disk, AOE_CONFIG_READ, ""));
	}
	layering_check_count(scene, 1);
	/* Who writes takes a place, as long as there are some. */
	for (int i = 0; i < 500; i++) {
		crowd->mac.octet[4] = (uint8_t)i;
		crowd->mac.octet[3] = (uint8_t)(1 + (i >> 8));
		if (i < 2)
			write_sectors(crowd, disk, 0, 1, data);
		else
			ask_ignored(crowd,
			            make_ata(crowd, disk, ATA_WRITE_EXT, 0, 1, data, sizeof(data)),
			            disk);
	}
	scene_expect(scene, "e7.3: ");
	scene_expect(scene, "no layer for 02:00:00:01:02:03: 3 are in use: 1 write of initiators "
	                    "without one stays unanswered, and they repeat them: raise "
	                    "snapshot-layers, drop a layer (etherroot ctl drop), or say with mac= "
	                    "who may use it\n");
	assert_null(strstr(strstr(scene->log, "no layer for") + 1, "no layer for"));
	layering_check_count(scene, 3);
	/* Those that have one go on, and whoever has none reads. */
	write_sectors(a, disk, 1, 1, data);
	layering_expect(a, 1, 1, data);
	layering_expect(b, 1, 1, layering_of_image(1));
	layering_check_found(b, true);
	ask_ignored(b, make_ata(b, disk, ATA_WRITE_EXT, 0, 1, data, sizeof(data)), disk);
	layering_reload(scene, "snapshot-layers=4", "reloaded: 0 exports as before, 1 changed");
	layering_hear_all(b);
	write_sectors(b, disk, 0, 1, data);
	layering_expect(b, 0, 1, data);
	layering_check_count(scene, 4);
}

static void a_layer_can_be_dropped(void **state)
{
	struct scene *scene = *state;
	struct client *a = scene_client(scene), *b = scene_client(scene);
	char *layer = scene_path(scene, "layers/e7.3-02:00:00:00:00:01.layer");
	uint8_t data[AOE_SECTOR];

	fill(data, sizeof(data), 2);
	layering_serve(scene, layering_kept(scene));
	write_sectors(a, disk, 13, 1, data);
	write_sectors(b, disk, 13, 1, data);
	assert_int_equal(access(layer, F_OK), 0);
	control_agrees(scene, "drop e7.3 02:00:00:00:00:01", "");
	scene_expect(scene, "layer of 02:00:00:00:00:01: dropped: it holds 4 KiB\n");
	/* Silence for as long as something of it is left: it asks again. */
	do
		control_agrees(scene, "status json", "\"export\": \"e7.3\"");
	while (!access(layer, F_OK));
	while (1) {
		struct pollfd p = {.fd = a->socket, .events = POLLIN};

		say(a, make_ata(a, disk, ATA_READ_EXT, 13, 1, NULL, 0));
		if (poll(&p, 1, 100) > 0)
			break;
	}
	hear(a);
	assert_memory_equal(a->reply + AOE_ATA_DATA, layering_of_image(13), AOE_SECTOR);
	layering_expect(b, 13, 1, data);
	write_sectors(a, disk, 14, 1, data);
	layering_expect(a, 14, 1, data);
	layering_expect(a, 13, 1, layering_of_image(13));
	assert_int_equal(access(layer, F_OK), 0);
	control_refuses(scene, "drop e7.3 02:00:00:00:00:07",
	                "there is no layer of 02:00:00:00:00:07");
}

/* ---- faults ---- */

static const struct aoe_address healthy = {7, 4};

static void set_fault(struct scene *scene, const char *fault)
{
	control_agrees(scene, scene_text(scene, "fault e7.3 %s", fault), "");
}

static void write_fails(struct client *client, uint64_t lba, const char *message)
{
	struct scene *scene = client->scene;
	uint8_t data[AOE_SECTOR] = {9};

	ask_ignored(client, make_ata(client, disk, ATA_WRITE_EXT, lba, 1, data, sizeof(data)),
	            healthy);
	scene_expect(scene, scene_text(scene, "layer of 02:00:00:00:00:0%d: %s",
	                               client->mac.octet[5], message));
	assert_null(strstr(scene->log, "see to the disk"));
}

/* Both have the disk again, and have heard so. */
static void recover(struct client *a, struct client *b)
{
	struct scene *scene = a->scene;

	set_fault(scene, "none");
	scene_expect(scene, "layer of 02:00:00:00:00:01: writing works again");
	scene_expect(scene, "layer of 02:00:00:00:00:02: writing works again");
	layering_hear_all(a);
	layering_hear_all(b);
	scene->log_length = 0;
	scene->log[0] = '\0';
}

/* Of the image and of each layer alike; and not by what a layer itself asks of the image. */
static void faults_are_met_by_what_initiators_ask(void **state)
{
	struct scene *scene = *state;
	struct client *a = scene_client(scene), *b = scene_client(scene);
	char *export = scene_text(scene, "7.3=%s/disk,%s", scene->folder, layering_kept(scene));
	uint8_t data[AOE_SECTOR];

	fill(data, sizeof(data), 2);
	scene_serve(scene, scene_text(scene, "%s,fault=read-error", export),
	            scene_text(scene, "7.4=%s", scene_file(scene, "other", 4096)),
	            scene_text(scene, "--control=%s/control", scene->folder), NULL);
	/* What its block has around it is read of the image. */
	write_sectors(a, disk, 13, 1, data);
	ask_ignored(a, make_ata(a, disk, ATA_READ_EXT, 13, 1, NULL, 0), healthy);
	scene_expect(scene, "layer of 02:00:00:00:00:01: reading sector 13: Input/output error: ");
	ask_ignored(b, make_ata(b, disk, ATA_READ_EXT, 14, 1, NULL, 0), healthy);
	scene_expect(scene, "disk: reading sector 14: Input/output error: ");
	set_fault(scene, "write-error:EDQUOT");
	scene_expect(scene, "layer of 02:00:00:00:00:01: reading works again");
	scene_expect(scene, "disk: reading works again");
	layering_hear_all(a);
	layering_hear_all(b);
	layering_expect(a, 13, 1, data);
	layering_expect(a, 14, 1, layering_of_image(14));
	layering_expect(b, 14, 1, layering_of_image(14));
	write_fails(a, 14, "writing sector 14: Disk quota exceeded: ");
	write_fails(b, 800, "writing sector 800: Disk quota exceeded: ");
	layering_expect(a, 14, 1, layering_of_image(14));
	recover(a, b);
	set_fault(scene, "sync-error");
	write_fails(a, 15, "syncing sector 15: Input/output error: ");
	write_fails(b, 801, "syncing sector 801: Input/output error: ");
	recover(a, b);
	write_sectors(a, disk, 15, 1, data);
	write_sectors(b, disk, 801, 1, data);
	scene_signal(scene, SIGKILL);
	assert_int_equal(scene_wait(scene), 128 + SIGKILL);
	scene_serve(scene, export, NULL);
	layering_expect(a, 13, 1, data);
	layering_expect(a, 14, 1, layering_of_image(14));
	layering_expect(a, 15, 1, data);
	layering_expect(b, 800, 1, layering_of_image(800));
	layering_expect(b, 801, 1, data);
}

/* Who withdraws the export is told, as of one that hangs itself. */
static void a_layer_that_hangs_is_withdrawn(void **state)
{
	struct scene *scene = *state;
	struct client *a = scene_client(scene);
	uint8_t data[AOE_SECTOR] = {1};

	layering_serve(scene, "snapshot,fault=write-hang");
	say(a, make_ata(a, disk, ATA_WRITE_EXT, 13, 1, data, sizeof(data)));
	layering_expect(a, 0, 1, layering_of_image(0)); /* and so the write was taken */
	control_refuses(scene, "withdraw e7.3",
	                "e7.3: withdrawn, but the disk does not answer: 1 request that was begun "
	                "may still be done");
}

/* ---- reloads ---- */

static void nothing_is_thrown_away_by_the_way(void **state)
{
	struct scene *scene = *state;
	struct client *a = scene_client(scene);
	uint8_t data[AOE_SECTOR];

	fill(data, sizeof(data), 2);
	layering_serve_configured(scene, "snapshot");
	write_sectors(a, disk, 13, 1, data);
	layering_reload(
	        scene, "ro",
	        "to change that would throw away 1 layer of initiators: drop them, or remove the "
	        "export and add it again\n");
	scene_expect(scene, "not reloaded: what was served before goes on as it was");
	layering_reload(scene, "snapshot length=8", "would throw away 1 layer");
	layering_expect(a, 13, 1, data);
	/* Who may use it is no such change. */
	layering_reload(scene, "snapshot mac=02:00:00:00:00:01 config=x", "1 changed");
	layering_hear_all(a);
	layering_expect(a, 13, 1, data);
	ask(a, make_config(a, disk, AOE_CONFIG_READ, ""));
	assert_int_equal(aoe_config_parse(a->reply, a->reply_length, &a->config), 0);
	assert_int_equal(a->config.string_length, 1);
	layering_reload(scene, "snapshot", "1 changed");
	layering_hear_all(a);
	layering_expect(a, 13, 1, data);
	control_agrees(scene, "drop e7.3 02:00:00:00:00:01", "");
	/* Until it is gone it is still one. */
	while (control_says(scene, "status json", "\"layers\": 1,"))
		;
	layering_reload(scene, "ro", "reloaded: 0 exports as before, 1 changed");
	layering_hear_all(a);
	layering_expect(a, 13, 1, layering_of_image(13));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, layering_setup, layering_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(everyone_has_its_own),
	        TEST(the_image_is_only_read),
	        TEST(a_full_layer_is_nobody_elses_matter),
	        TEST(more_room_is_found_by_itself),
	        cmocka_unit_test_setup_teardown(a_full_disk_is_silence, setup_small,
	                                        teardown_small),
	        cmocka_unit_test_setup_teardown(so_it_is_without_names, setup_small,
	                                        teardown_small),
	        TEST(invented_macs_take_only_what_there_is),
	        TEST(a_layer_can_be_dropped),
	        TEST(faults_are_met_by_what_initiators_ask),
	        TEST(a_layer_that_hangs_is_withdrawn),
	        TEST(nothing_is_thrown_away_by_the_way),
	};

	may_mount = scene_enter_mounts();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
