/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An export with ,snapshot: many initiators on one image, each with what it wrote itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/protocol/scene.h"

enum { SECTORS = 2048 + 3 }; /* the last block is not whole */

static const struct aoe_address disk = {7, 3};

static uint8_t image[SECTORS * AOE_SECTOR];
static bool may_mount;

static void write_image(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, image, sizeof(image)), sizeof(image));
	close(fd);
}

static int setup(void **state)
{
	struct scene *scene;

	if (scene_setup(state))
		return -1;
	scene = *state;
	fill(image, sizeof(image), 1);
	write_image(scene_path(scene, "disk"));
	return mkdir(scene_path(scene, "layers"), 0700);
}

/* On the image with these options. */
static void serve(struct scene *scene, const char *options)
{
	scene_serve(scene, scene_text(scene, "--control=%s/control", scene->folder),
	            scene_text(scene, "7.3=%s/disk,%s", scene->folder, options), NULL);
}

static char *kept(struct scene *scene)
{
	return scene_text(scene, "snapshot-dir=%s/layers", scene->folder);
}

/* Whatever was written, nobody has written to the image. */
static int teardown(void **state)
{
	struct scene *scene = *state;
	static uint8_t now[sizeof(image) + 1];
	int fd = open(scene_path(scene, "disk"), O_RDONLY | O_CLOEXEC);
	bool same =
	        read(fd, now, sizeof(now)) == sizeof(image) && !memcmp(now, image, sizeof(image));

	close(fd);
	if (!same)
		print_error("the image has changed\n");
	return scene_teardown(state) || !same;
}

static void check_layers(struct scene *scene, unsigned int count)
{
	control_agrees(scene, "status json", scene_text(scene, "\"layers\": %u,", count));
}

static void expect_sectors(struct client *client, uint64_t lba, uint8_t count, const void *wanted)
{
	uint8_t in[16 * AOE_SECTOR];

	read_sectors(client, disk, lba, count, in);
	assert_memory_equal(in, wanted, count * AOE_SECTOR);
}

static const uint8_t *of_image(uint64_t lba)
{
	return image + lba * AOE_SECTOR;
}

static void everyone_has_its_own(void **state)
{
	struct scene *scene = *state;
	struct client *a = scene_client(scene), *b = scene_client(scene), *c = scene_client(scene);
	uint8_t of_a[2 * AOE_SECTOR], of_b[16 * AOE_SECTOR];

	serve(scene, "snapshot");
	scene_expect(scene, "a layer for each initiator, thrown away at the end");
	fill(of_a, sizeof(of_a), 2);
	fill(of_b, sizeof(of_b), 3);
	expect_sectors(a, 5, 16, of_image(5));
	check_layers(scene, 0);
	/* Part of a block, over the edge of one, whole ones. */
	write_sectors(a, disk, 13, 1, of_a);
	write_sectors(a, disk, 23, 2, of_a);
	write_sectors(b, disk, 8, 16, of_b);
	check_layers(scene, 2);
	expect_sectors(a, 13, 1, of_a);
	expect_sectors(a, 23, 2, of_a);
	expect_sectors(a, 0, 13, of_image(0));
	expect_sectors(a, 14, 9, of_image(14));
	expect_sectors(a, 25, 15, of_image(25));
	expect_sectors(b, 8, 16, of_b);
	expect_sectors(b, 0, 8, of_image(0));
	expect_sectors(b, 24, 16, of_image(24));
	expect_sectors(c, 13, 16, of_image(13));
	/* The end of the image, which is no whole block. */
	write_sectors(a, disk, SECTORS - 1, 1, of_a);
	expect_sectors(a, SECTORS - 1, 1, of_a);
	expect_sectors(a, SECTORS - 4, 3, of_image(SECTORS - 4));
	write_sectors(c, disk, SECTORS - 2, 2, of_b);
	expect_sectors(c, SECTORS - 2, 2, of_b);
	expect_sectors(c, SECTORS - 3, 1, of_image(SECTORS - 3));
	ask_failing(a, disk, ATA_WRITE_EXT, SECTORS, 1, ATA_ERROR_ID_NOT_FOUND);
	/* What they have is their own again in another way. */
	write_sectors(a, disk, 8, 1, of_b);
	expect_sectors(a, 8, 1, of_b);
	expect_sectors(a, 13, 1, of_a);
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
	serve(scene, "snapshot");
	expect_sectors(a, 8, 16, of_image(8));
	expect_sectors(b, 8, 16, of_image(8));
}

/* Nobody can write to the image while it is served so, and others may read it. */
static void the_image_is_only_read(void **state)
{
	struct scene *scene = *state;
	int fd = open(scene_path(scene, "disk"), O_RDONLY | O_CLOEXEC);

	assert_int_equal(flock(fd, LOCK_SH), 0);
	serve(scene, "snapshot");
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), -1);
	close(fd);
	scene_stop(scene);
	/* Two exports of it, and one that only reads. */
	scene_serve(scene, scene_text(scene, "7.3=%s/disk,snapshot", scene->folder),
	            scene_text(scene, "7.4=%s/disk,snapshot", scene->folder),
	            scene_text(scene, "7.5=%s/disk,ro", scene->folder), NULL);
}

/* An initiator whose request for what is there gets an answer, or none. */
static void check_found(struct client *client, bool found)
{
	size_t length = make_config(client, disk, AOE_CONFIG_READ, "");

	if (found)
		ask(client, length);
	else
		ask_ignored(client, length, disk);
}

/* The rest of what was told to all, as that an export is back, is heard. */
static void hear_everything(struct client *client)
{
	say(client, make_ata(client, disk, ATA_FLUSH, 0, 0, NULL, 0));
	do
		hear(client);
	while (client->header.tag != client->tag);
}

static void a_full_layer_is_nobody_elses_matter(void **state)
{
	struct scene *scene = *state;
	struct client *a = scene_client(scene), *b = scene_client(scene);
	uint8_t data[8 * AOE_SECTOR];

	serve(scene, "snapshot-size=8K");
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
	expect_sectors(a, 17, 7, data);
	expect_sectors(a, 32, 16, of_image(32));
	check_found(a, false);
	check_found(b, true);
	write_sectors(b, disk, 32, 1, data);
	control_agrees(scene, "status table",
	               "02:00:00:00:00:01            8            8  silent (writing fails");
	control_agrees(scene, "status prometheus", "etherroot_serving{export=\"e7.3\"} 1\n");
	control_agrees(scene, "status prometheus", "etherroot_layers_silent{export=\"e7.3\"} 1\n");
}

/* Written beside it and renamed, as the manual says. */
static void configure(struct scene *scene, const char *options)
{
	scene_configure(scene,
	                scene_text(scene, "export 7.3 %s/disk %s\n", scene->folder, options));
}

static void serve_configured(struct scene *scene, const char *options)
{
	configure(scene, options);
	scene_serve(scene, scene_text(scene, "--config=%s/serve.conf", scene->folder),
	            scene_text(scene, "--control=%s/control", scene->folder), NULL);
	scene_expect(scene, "etherroot serve: serving ");
}

static void reload(struct scene *scene, const char *options, const char *message)
{
	configure(scene, options);
	scene->log_length = 0;
	scene->log[0] = '\0';
	scene_signal(scene, SIGHUP);
	scene_expect(scene, "etherroot serve: serving ");
	scene_expect(scene, message);
}

static void hear_announcement(struct client *client)
{
	do
		hear(client);
	while (client->header.command != AOE_CONFIG);
}

static void more_room_is_found_by_itself(void **state)
{
	struct scene *scene = *state;
	struct client *a = scene_client(scene);
	uint8_t data[AOE_SECTOR];

	serve_configured(scene, "snapshot-size=4K");
	fill(data, sizeof(data), 2);
	write_sectors(a, disk, 0, 1, data);
	ask_ignored(a, make_ata(a, disk, ATA_WRITE_EXT, 32, 1, data, sizeof(data)), disk);
	configure(scene, "snapshot-size=12K");
	scene_signal(scene, SIGHUP);
	/* Once for the change, and once more as it works again. */
	hear_announcement(a);
	hear_announcement(a);
	scene_expect(scene, "layer of 02:00:00:00:00:01: writing works again");
	hear_everything(a);
	expect_sectors(a, 0, 1, data);
	expect_sectors(a, 32, 1, of_image(32));
	write_sectors(a, disk, 32, 1, data);
	expect_sectors(a, 32, 1, data);
	/* Less than they hold: full at once. */
	reload(scene, "snapshot-size=4K", "reloaded: 0 exports as before, 1 changed");
	hear_everything(a);
	expect_sectors(a, 32, 1, data);
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

	if (setup(state))
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

	return teardown(state) || rc;
}

/* Returns the file that takes what was left. */
static const char *fill_disk(struct scene *scene)
{
	const char *path = scene_path(scene, "layers/ballast");
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ssize_t n;

	assert_true(fd >= 0);
	while ((n = write(fd, image, sizeof(image))) > 0)
		;
	assert_int_equal(errno, ENOSPC);
	close(fd);
	return path;
}

/* As often as initiators repeat it. */
static void write_in_vain(struct client *client, uint64_t lba)
{
	uint8_t data[AOE_SECTOR] = {1};

	for (int i = 0; i < 20; i++)
		ask_ignored(client,
		            make_ata(client, disk, ATA_WRITE_EXT, lba, 1, data, sizeof(data)),
		            disk);
}

static void check_said_once(const struct scene *scene, const char *text)
{
	const char *said = strstr(scene->log, text);

	if (!said || strstr(said + 1, text))
		fail_msg("not once: '%s', in:\n%s", text, scene->log);
}

/* It is heard again: asks until then. */
static void write_as_there_is_room(struct client *client, uint64_t lba, const void *data)
{
	struct pollfd p = {.fd = client->socket, .events = POLLIN};
	size_t length = make_ata(client, disk, ATA_WRITE_EXT, lba, 1, data, AOE_SECTOR);
	int patience = DEADLINE / 100;

	do
		say(client, length);
	while (poll(&p, 1, 100) <= 0 && --patience);
	do
		hear(client);
	while (client->header.tag != client->tag);
	check_reply(client, disk, AOE_RESPONSE, 0);
	hear_everything(client);
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
	write_in_vain(a, 800);
	write_in_vain(b, 800);
	scene_expect(scene, scene_text(scene, "layer of 02:00:00:00:00:01: %s", no_room));
	scene_expect(scene, scene_text(scene, "layer of 02:00:00:00:00:02: %s", no_room));
	check_said_once(scene, scene_text(scene, "00:01: %s", no_room));
	check_said_once(scene, scene_text(scene, "00:02: %s", no_room));
	/* What it has it can write, and everybody reads. */
	write_sectors(a, disk, 1, 1, data);
	expect_sectors(a, 0, 1, data);
	expect_sectors(a, 1, 1, data);
	expect_sectors(a, 800, 16, of_image(800));
	expect_sectors(b, 800, 16, of_image(800));
	check_found(a, false);
	check_found(b, false);
	check_found(c, true);
	control_agrees(scene, "status prometheus", "etherroot_layers_silent{export=\"e7.3\"} 2\n");
	assert_int_equal(unlink(ballast), 0);
	write_as_there_is_room(a, 800, data);
	write_as_there_is_room(b, 801, data);
	scene_expect(scene, "layer of 02:00:00:00:00:01: writing works again");
	scene_expect(scene, "layer of 02:00:00:00:00:02: writing works again");
	check_found(a, true);
	check_found(b, true);
}

static void expect_what_was_written(struct client *a, struct client *b)
{
	uint8_t data[AOE_SECTOR];

	fill(data, sizeof(data), 2);
	expect_sectors(a, 0, 1, data);
	expect_sectors(a, 1, 1, data);
	expect_sectors(a, 2, 14, of_image(2));
	expect_sectors(a, 800, 1, data);
	expect_sectors(a, 801, 7, of_image(801));
	expect_sectors(b, 0, 16, of_image(0));
	expect_sectors(b, 800, 1, of_image(800));
	expect_sectors(b, 801, 1, data);
}

static void a_full_disk_is_silence(void **state)
{
	struct scene *scene = *state;
	struct client *a = scene_client(scene), *b = scene_client(scene);

	if (!may_mount)
		skip();
	serve(scene, kept(scene));
	fill_up(scene, a, b);
	expect_what_was_written(a, b);
	scene_signal(scene, SIGKILL);
	assert_int_equal(scene_wait(scene), 128 + SIGKILL);
	serve(scene, kept(scene));
	expect_what_was_written(a, b);
}

static void so_it_is_without_names(void **state)
{
	struct scene *scene = *state;
	struct client *a = scene_client(scene), *b = scene_client(scene);

	if (!may_mount)
		skip();
	setenv("TMPDIR", scene_path(scene, "layers"), 1);
	serve(scene, "snapshot");
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

	serve_configured(scene, "snapshot-layers=3");
	fill(data, sizeof(data), 2);
	write_sectors(a, disk, 0, 1, data);
	/* Who only reads takes nothing. */
	for (int i = 0; i < 500; i++) {
		crowd->mac.octet[3] = (uint8_t)(i >> 8);
		crowd->mac.octet[4] = (uint8_t)i;
		expect_sectors(crowd, 0, 1, of_image(0));
		ask(crowd, make_config(crowd, disk, AOE_CONFIG_READ, ""));
	}
	check_layers(scene, 1);
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
	check_layers(scene, 3);
	/* Those that have one go on, and whoever has none reads. */
	write_sectors(a, disk, 1, 1, data);
	expect_sectors(a, 1, 1, data);
	expect_sectors(b, 1, 1, of_image(1));
	check_found(b, true);
	ask_ignored(b, make_ata(b, disk, ATA_WRITE_EXT, 0, 1, data, sizeof(data)), disk);
	reload(scene, "snapshot-layers=4", "reloaded: 0 exports as before, 1 changed");
	hear_everything(b);
	write_sectors(b, disk, 0, 1, data);
	expect_sectors(b, 0, 1, data);
	check_layers(scene, 4);
}

/* ---- layers that are kept ---- */

static void what_was_acknowledged_is_kept(void **state)
{
	struct scene *scene = *state;
	struct client *a = scene_client(scene), *b = scene_client(scene);
	uint8_t of_a[AOE_SECTOR], of_b[8 * AOE_SECTOR];

	fill(of_a, sizeof(of_a), 2);
	fill(of_b, sizeof(of_b), 3);
	serve(scene, kept(scene));
	write_sectors(a, disk, 13, 1, of_a);
	write_sectors(b, disk, 8, 8, of_b);
	/* It has no time to prepare. */
	scene_signal(scene, SIGKILL);
	assert_int_equal(scene_wait(scene), 128 + SIGKILL);
	serve(scene, kept(scene));
	check_layers(scene, 2);
	expect_sectors(a, 13, 1, of_a);
	expect_sectors(a, 8, 5, of_image(8));
	expect_sectors(b, 8, 8, of_b);
	write_sectors(a, disk, 14, 1, of_b);
	write_sectors(a, disk, 1000, 1, of_b);
	scene_stop(scene);
	serve(scene, kept(scene));
	expect_sectors(a, 13, 1, of_a);
	expect_sectors(a, 14, 1, of_b);
	expect_sectors(a, 1000, 1, of_b);
	expect_sectors(a, 1001, 7, of_image(1001));
	/* Its own folder and address: another export has other layers there. */
	scene_stop(scene);
	scene_serve(scene,
	            scene_text(scene, "7.4=%s/disk,snapshot-dir=%s/layers", scene->folder,
	                       scene->folder),
	            scene_text(scene, "--control=%s/control", scene->folder), NULL);
	check_layers(scene, 0);
}

static void a_full_layer_is_full_after_a_start(void **state)
{
	struct scene *scene = *state;
	struct client *a = scene_client(scene);
	uint8_t data[8 * AOE_SECTOR];
	size_t over_the_edge;

	fill(data, sizeof(data), 2);
	serve(scene, scene_text(scene, "%s,snapshot-size=8K", kept(scene)));
	write_sectors(a, disk, 0, 8, data);
	write_sectors(a, disk, 16, 1, data);
	/* A block that it has, and one for which there is no room: nothing of it is done. */
	over_the_edge = make_ata(a, disk, ATA_WRITE_EXT, 7, 2, of_image(100), 2 * AOE_SECTOR);
	ask_ignored(a, over_the_edge, disk);
	scene_expect(scene, "layer of 02:00:00:00:00:01: writing sector 7: the layer is full: ");
	expect_sectors(a, 0, 8, data);
	expect_sectors(a, 8, 8, of_image(8));
	control_agrees(scene, "status json",
	               "\"mac\": \"02:00:00:00:00:01\", \"bytes\": 8192, \"state\": \"silent\", "
	               "\"why\": \"writing fails\", ");
	scene_signal(scene, SIGKILL);
	assert_int_equal(scene_wait(scene), 128 + SIGKILL);
	serve(scene, scene_text(scene, "%s,snapshot-size=8K", kept(scene)));
	ask_ignored(a, make_ata(a, disk, ATA_WRITE_EXT, 32, 1, data, AOE_SECTOR), disk);
	write_sectors(a, disk, 17, 1, data);
	expect_sectors(a, 0, 8, data);
	scene_stop(scene);
	serve(scene, scene_text(scene, "%s,snapshot-size=12K", kept(scene)));
	write_sectors(a, disk, 32, 1, data);
	expect_sectors(a, 16, 1, data);
	expect_sectors(a, 17, 1, data);
}

static void writeback_is_stable_at_the_end(void **state)
{
	struct scene *scene = *state;
	struct client *a = scene_client(scene);
	uint8_t data[AOE_SECTOR];

	fill(data, sizeof(data), 2);
	serve(scene, scene_text(scene, "cache=writeback,%s", kept(scene)));
	scene_expect(scene, "cache=writeback: a crash or power cut");
	write_sectors(a, disk, 13, 1, data);
	scene_stop(scene);
	serve(scene, kept(scene));
	expect_sectors(a, 13, 1, data);
	expect_sectors(a, 12, 1, of_image(12));
}

/* Pieces of any length at any place, against what they are to be. */
static void use_at_random(struct client *client, uint8_t *wanted, uint64_t sectors)
{
	uint8_t data[16 * AOE_SECTOR];

	for (unsigned int i = 0; i < 400; i++) {
		/* The end is an edge too. */
		uint64_t from = i % 8 < 2 ? sectors - 16 : 0;
		uint64_t lba = from + (uint64_t)rand() % (sectors - from);
		uint64_t most = sectors - lba < 16 ? sectors - lba : 16;
		uint8_t count = (uint8_t)(1 + (uint64_t)rand() % most);

		if (i % 2) {
			expect_sectors(client, lba, count, wanted + lba * AOE_SECTOR);
			continue;
		}
		fill(data, count * AOE_SECTOR, i);
		write_sectors(client, disk, lba, count, data);
		memcpy(wanted + lba * AOE_SECTOR, data, count * AOE_SECTOR);
	}
}

static void expect_all(struct client *client, const uint8_t *wanted, uint64_t sectors)
{
	for (uint64_t lba = 0; lba < sectors; lba += 16)
		expect_sectors(client, lba, (uint8_t)(sectors - lba < 16 ? sectors - lba : 16),
		               wanted + lba * AOE_SECTOR);
}

static void expect_file(const char *path, const void *wanted, size_t size)
{
	uint8_t *data = malloc(size + 1);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_non_null(data);
	assert_int_equal(read(fd, data, size + 1), size);
	assert_memory_equal(data, wanted, size);
	close(fd);
	free(data);
}

/* Neither end of the export is one of a block, of the image or of a layer. */
static void an_image_past_the_page_cache(void **state)
{
	enum { FILE_SECTORS = 2048, OFFSET = 3, LENGTH = 2039 };
	static uint8_t whole[FILE_SECTORS * AOE_SECTOR], of_a[LENGTH * AOE_SECTOR];
	struct scene *scene = *state;
	struct client *a = scene_client(scene), *b = scene_client(scene);
	const char *path = scene_file(scene, "whole", 0);
	char *export = scene_text(scene, "7.3=%s,direct,offset=%d,length=%d,snapshot-dir=%s/layers",
	                          path, OFFSET, LENGTH, scene->folder);
	int fd = open(path, O_WRONLY | O_DIRECT | O_CLOEXEC);

	if (fd < 0) {
		print_message("# this file system has no O_DIRECT\n");
		skip();
	}
	close(fd);
	fill(whole, sizeof(whole), 5);
	memcpy(of_a, whole + OFFSET * AOE_SECTOR, sizeof(of_a));
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_int_equal(write(fd, whole, sizeof(whole)), sizeof(whole));
	close(fd);
	scene_serve(scene, export, NULL);
	use_at_random(a, of_a, LENGTH);
	expect_all(a, of_a, LENGTH);
	expect_all(b, whole + OFFSET * AOE_SECTOR, LENGTH);
	scene_signal(scene, SIGKILL);
	assert_int_equal(scene_wait(scene), 128 + SIGKILL);
	scene_serve(scene, export, NULL);
	expect_all(a, of_a, LENGTH);
	expect_all(b, whole + OFFSET * AOE_SECTOR, LENGTH);
	ask_failing(a, disk, ATA_READ_EXT, LENGTH, 1, ATA_ERROR_ID_NOT_FOUND);
	scene_stop(scene);
	expect_file(path, whole, sizeof(whole));
}

/* That target does not start, for this reason. */
static void refuses(struct scene *scene, const char *message, const char *options)
{
	char *export = scene_text(scene, "7.3=%s/disk,%s", scene->folder, options);

	scene_refused(scene, 1, message, program(scene, "etherroot"), "serve", "--qemu",
	              scene->socket, export, NULL);
}

static void a_layer_is_for_its_image(void **state)
{
	struct scene *scene = *state;
	struct client *a = scene_client(scene), *b = scene_client(scene);
	char *options = kept(scene);
	char *layer = scene_path(scene, "layers/e7.3-02:00:00:00:00:01.layer");
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}};
	struct stat status;
	uint8_t data[AOE_SECTOR] = {1};
	int fd;

	serve(scene, kept(scene));
	write_sectors(a, disk, 13, 1, data);
	write_sectors(b, disk, 13, 1, data);
	scene_stop(scene);
	refuses(scene,
	        "/layers: more layers are kept there than snapshot-layers=1 allows: raise that, or "
	        "remove some\n",
	        scene_text(scene, "%s,snapshot-layers=1", options));
	assert_int_equal(unlink(scene_path(scene, "layers/e7.3-02:00:00:00:00:02.layer")), 0);
	/* Changed, although only its time tells. */
	assert_int_equal(stat(scene_path(scene, "disk"), &status), 0);
	times[1] = status.st_mtim;
	times[1].tv_nsec = (times[1].tv_nsec + 1) % 1000000000;
	assert_int_equal(utimensat(AT_FDCWD, scene_path(scene, "disk"), times, 0), 0);
	refuses(scene,
	        scene_text(scene,
	                   "etherroot serve: e7.3: %s/disk: %s: the image has another size, or was "
	                   "changed since: bring back the image as it was, or remove the layer\n",
	                   scene->folder, layer),
	        options);
	times[1] = status.st_mtim;
	assert_int_equal(utimensat(AT_FDCWD, scene_path(scene, "disk"), times, 0), 0);
	refuses(scene, "the image has another size", scene_text(scene, "%s,length=8", options));
	refuses(scene, "the image has another size", scene_text(scene, "%s,offset=8", options));
	/* In use. */
	fd = open(layer, O_RDWR | O_CLOEXEC);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	refuses(scene, scene_text(scene, "%s: in use by another process", layer), options);
	/* Not what it was. */
	assert_int_equal(flock(fd, LOCK_UN), 0);
	assert_int_equal(pwrite(fd, "X", 1, 0), 1);
	close(fd);
	refuses(scene, scene_text(scene, "%s: not the file of a layer, or damaged", layer),
	        options);
}

static void make_file(const char *path, const void *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, size), size);
	close(fd);
}

/* That name is refused, and what has it is as before. */
static void refuses_name(struct scene *scene, const char *layer)
{
	char *options = kept(scene);
	struct stat before, after;

	assert_int_equal(lstat(layer, &before), 0);
	refuses(scene,
	        scene_text(scene,
	                   "etherroot serve: e7.3: %s/disk: %s: not the file of a layer, or "
	                   "damaged: move it out of the way\n",
	                   scene->folder, layer),
	        options);
	assert_int_equal(lstat(layer, &after), 0);
	assert_int_equal(after.st_ino, before.st_ino);
	assert_int_equal(after.st_mode, before.st_mode);
	assert_int_equal(after.st_size, before.st_size);
	assert_int_equal(after.st_ctim.tv_sec, before.st_ctim.tv_sec);
	assert_int_equal(after.st_ctim.tv_nsec, before.st_ctim.tv_nsec);
	assert_int_equal(remove(layer), 0);
}

static void what_is_no_layer_is_left_as_it_is(void **state)
{
	struct scene *scene = *state;
	struct client *a = scene_client(scene);
	char *layer = scene_path(scene, "layers/e7.3-02:00:00:00:00:01.layer");
	const char *whole = scene_path(scene, "whole"), *victim = scene_path(scene, "victim");
	uint8_t data[AOE_SECTOR] = {1};

	serve(scene, kept(scene));
	write_sectors(a, disk, 13, 1, data);
	scene_stop(scene);
	assert_int_equal(rename(layer, whole), 0);
	make_file(layer, "", 0);
	refuses_name(scene, layer);
	make_file(layer, image, sizeof(image));
	refuses_name(scene, layer);
	assert_int_equal(mkfifo(layer, 0600), 0);
	refuses_name(scene, layer);
	assert_int_equal(mkdir(layer, 0700), 0);
	refuses_name(scene, layer);
	/* A link, be it to what is one. */
	assert_int_equal(symlink(whole, layer), 0);
	refuses_name(scene, layer);
	make_file(victim, image, sizeof(image));
	assert_int_equal(symlink(victim, layer), 0);
	refuses_name(scene, layer);
	expect_file(victim, image, sizeof(image));
	assert_int_equal(rename(whole, layer), 0);
	serve(scene, kept(scene));
	expect_sectors(a, 13, 1, data);
	scene_stop(scene);
	assert_int_equal(truncate(layer, 8192), 0);
	refuses_name(scene, layer);
}

static void a_name_that_is_taken_meanwhile(void **state)
{
	struct scene *scene = *state;
	struct client *a = scene_client(scene);
	char *layer = scene_path(scene, "layers/e7.3-02:00:00:00:00:01.layer");
	uint8_t data[AOE_SECTOR];

	fill(data, sizeof(data), 2);
	serve(scene, kept(scene));
	make_file(layer, image, sizeof(image));
	write_in_vain(a, 800);
	scene_expect(scene, "layer of 02:00:00:00:00:01: writing sector 800: a file of its name "
	                    "has come into the folder: 1 request stays unanswered, and initiators "
	                    "repeat them until it works again: move that file out of the way\n");
	expect_file(layer, image, sizeof(image));
	assert_int_equal(unlink(layer), 0);
	write_as_there_is_room(a, 800, data);
	scene_stop(scene);
	serve(scene, kept(scene));
	expect_sectors(a, 800, 1, data);
}

static void a_folder_that_cannot_have_layers(void **state)
{
	struct scene *scene = *state;

	refuses(scene, "/nowhere: no layers there: there is no such folder: make it\n",
	        scene_text(scene, "snapshot-dir=%s/nowhere", scene->folder));
	refuses(scene, "disk: no layers there: Not a directory",
	        scene_text(scene, "snapshot-dir=%s/disk", scene->folder));
	refuses(scene, "/proc: no layers there: ", "snapshot-dir=/proc");
	setenv("TMPDIR", scene_path(scene, "nowhere"), 1);
	refuses(scene, "/nowhere: no layers there: there is no such folder: make it\n", "snapshot");
	unsetenv("TMPDIR");
}

static void a_layer_can_be_dropped(void **state)
{
	struct scene *scene = *state;
	struct client *a = scene_client(scene), *b = scene_client(scene);
	char *layer = scene_path(scene, "layers/e7.3-02:00:00:00:00:01.layer");
	uint8_t data[AOE_SECTOR];

	fill(data, sizeof(data), 2);
	serve(scene, kept(scene));
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
	assert_memory_equal(a->reply + AOE_ATA_DATA, of_image(13), AOE_SECTOR);
	expect_sectors(b, 13, 1, data);
	write_sectors(a, disk, 14, 1, data);
	expect_sectors(a, 14, 1, data);
	expect_sectors(a, 13, 1, of_image(13));
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
	hear_everything(a);
	hear_everything(b);
	scene->log_length = 0;
	scene->log[0] = '\0';
}

/* Of the image and of each layer alike; and not by what a layer itself asks of the image. */
static void faults_are_met_by_what_initiators_ask(void **state)
{
	struct scene *scene = *state;
	struct client *a = scene_client(scene), *b = scene_client(scene);
	char *export = scene_text(scene, "7.3=%s/disk,%s", scene->folder, kept(scene));
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
	hear_everything(a);
	hear_everything(b);
	expect_sectors(a, 13, 1, data);
	expect_sectors(a, 14, 1, of_image(14));
	expect_sectors(b, 14, 1, of_image(14));
	write_fails(a, 14, "writing sector 14: Disk quota exceeded: ");
	write_fails(b, 800, "writing sector 800: Disk quota exceeded: ");
	expect_sectors(a, 14, 1, of_image(14));
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
	expect_sectors(a, 13, 1, data);
	expect_sectors(a, 14, 1, of_image(14));
	expect_sectors(a, 15, 1, data);
	expect_sectors(b, 800, 1, of_image(800));
	expect_sectors(b, 801, 1, data);
}

/* Who withdraws the export is told, as of one that hangs itself. */
static void a_layer_that_hangs_is_withdrawn(void **state)
{
	struct scene *scene = *state;
	struct client *a = scene_client(scene);
	uint8_t data[AOE_SECTOR] = {1};

	serve(scene, "snapshot,fault=write-hang");
	say(a, make_ata(a, disk, ATA_WRITE_EXT, 13, 1, data, sizeof(data)));
	expect_sectors(a, 0, 1, of_image(0)); /* and so the write was taken */
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
	serve_configured(scene, "snapshot");
	write_sectors(a, disk, 13, 1, data);
	reload(scene, "ro",
	       "to change that would throw away 1 layer of initiators: drop them, or remove the "
	       "export and add it again\n");
	scene_expect(scene, "not reloaded: what was served before goes on as it was");
	reload(scene, "snapshot length=8", "would throw away 1 layer");
	expect_sectors(a, 13, 1, data);
	/* Who may use it is no such change. */
	reload(scene, "snapshot mac=02:00:00:00:00:01 config=x", "1 changed");
	hear_everything(a);
	expect_sectors(a, 13, 1, data);
	ask(a, make_config(a, disk, AOE_CONFIG_READ, ""));
	assert_int_equal(aoe_config_parse(a->reply, a->reply_length, &a->config), 0);
	assert_int_equal(a->config.string_length, 1);
	reload(scene, "snapshot", "1 changed");
	hear_everything(a);
	expect_sectors(a, 13, 1, data);
	control_agrees(scene, "drop e7.3 02:00:00:00:00:01", "");
	/* Until it is gone it is still one. */
	while (control_says(scene, "status json", "\"layers\": 1,"))
		;
	reload(scene, "ro", "reloaded: 0 exports as before, 1 changed");
	hear_everything(a);
	expect_sectors(a, 13, 1, of_image(13));
}

static void kept_layers_survive_a_change(void **state)
{
	struct scene *scene = *state;
	struct client *a = scene_client(scene);
	uint8_t data[AOE_SECTOR];

	fill(data, sizeof(data), 2);
	serve_configured(scene, kept(scene));
	write_sectors(a, disk, 13, 1, data);
	/* It is closed and opened again. */
	reload(scene, scene_text(scene, "%s cache=writeback", kept(scene)), "1 changed");
	scene_expect(scene, "serving e7.3 on");
	hear_announcement(a);
	hear_everything(a);
	expect_sectors(a, 13, 1, data);
	write_sectors(a, disk, 14, 1, data);
	expect_sectors(a, 14, 1, data);
}

static void serve_huge(struct scene *scene, off_t size)
{
	assert_int_equal(truncate(scene_path(scene, "huge"), size), 0);
	scene_configure(scene,
	                scene_text(scene, "export 7.3 %s/huge %s\n", scene->folder, kept(scene)));
}

/* The largest that there may be, with something at each end, over a reload and a start. */
static void an_image_of_many_terabytes(void **state)
{
	const off_t size = (off_t)15 << 40;
	const uint64_t last = (uint64_t)size / AOE_SECTOR - 1;
	struct scene *scene = *state;
	struct client *a = scene_client(scene);
	uint8_t of_a[2][AOE_SECTOR], nothing[AOE_SECTOR] = {0};
	char *config = scene_text(scene, "--config=%s/serve.conf", scene->folder);

	if (truncate(scene_file(scene, "huge", 0), size + ((off_t)1 << 30)))
		skip(); /* its layer is a bit larger */
	serve_huge(scene, size);
	scene_serve(scene, config, NULL);
	fill(of_a[0], sizeof(of_a[0]), 2);
	fill(of_a[1], sizeof(of_a[1]), 3);
	write_sectors(a, disk, 0, 1, of_a[0]);
	write_sectors(a, disk, last, 1, of_a[1]);
	scene_configure(scene, scene_text(scene, "export 7.3 %s/huge %s cache=writeback\n",
	                                  scene->folder, kept(scene)));
	scene_signal(scene, SIGHUP);
	scene_expect(scene, "reloaded: 0 exports as before, 1 changed");
	hear_announcement(a);
	hear_everything(a);
	expect_sectors(a, 0, 1, of_a[0]);
	expect_sectors(a, 1, 1, nothing);
	expect_sectors(a, last, 1, of_a[1]);
	expect_sectors(a, last / 2, 1, nothing);
	scene_stop(scene);
	serve_huge(scene, size + AOE_SECTOR);
	scene_refused(scene, 1, "too large for layers, which are for up to 15 TiB",
	              program(scene, "etherroot"), "serve", "--qemu", scene->socket, config, NULL);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

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
	        TEST(what_was_acknowledged_is_kept),
	        TEST(a_full_layer_is_full_after_a_start),
	        TEST(writeback_is_stable_at_the_end),
	        TEST(an_image_past_the_page_cache),
	        TEST(a_layer_is_for_its_image),
	        TEST(what_is_no_layer_is_left_as_it_is),
	        TEST(a_name_that_is_taken_meanwhile),
	        TEST(a_folder_that_cannot_have_layers),
	        TEST(a_layer_can_be_dropped),
	        TEST(faults_are_met_by_what_initiators_ask),
	        TEST(a_layer_that_hangs_is_withdrawn),
	        TEST(nothing_is_thrown_away_by_the_way),
	        TEST(kept_layers_survive_a_change),
	        TEST(an_image_of_many_terabytes),
	};

	may_mount = scene_enter_mounts();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
