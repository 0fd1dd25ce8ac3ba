/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Storage that fails, is slow or is in use, and a target that stood still. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/protocol/scene.h"

static const struct aoe_address disk = {7, 3};

static void limit_file_size(struct scene *scene, rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(prlimit(scene->target, RLIMIT_FSIZE, NULL, &limit), 0);
	limit.rlim_cur = bytes;
	assert_int_equal(prlimit(scene->target, RLIMIT_FSIZE, &limit, NULL), 0);
}

/*
 * Writes a sector to an export that can do it again by now. It is answered, and that the export is
 * back is told to all: before it or after it, as the two seconds end that it must have been well
 * for.
 */
static void write_as_it_recovers(struct client *client, uint64_t lba, const uint8_t *data)
{
	unsigned int answers = 0, announcements = 0;

	say(client, make_ata(client, disk, ATA_WRITE_EXT, lba, 1, data, AOE_SECTOR));
	while (!answers || !announcements) {
		hear(client);
		if (client->header.command == AOE_CONFIG) {
			announcements++;
			continue;
		}
		check_reply(client, disk, AOE_RESPONSE, 0);
		answers++;
	}
	assert_int_equal(answers, 1);
	assert_int_equal(announcements, 1);
}

static void failing_writes_are_silence(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	uint8_t out[AOE_SECTOR], in[AOE_SECTOR];

	fill(out, sizeof(out), 1);
	/* From the middle on the file takes nothing more, as a full disk would not. */
	limit_file_size(scene, SCENE_SECTORS / 2 * AOE_SECTOR);
	for (int i = 0; i < 20; i++)
		ask_ignored(client,
		            make_ata(client, disk, ATA_WRITE_EXT, SCENE_SECTORS / 2, 1, out,
		                     sizeof(out)),
		            disk);
	scene_expect(scene, scene_text(scene, "e7.3: %s: writing sector %d: File too large: ",
	                               scene_path(scene, "disk"), SCENE_SECTORS / 2));
	scene_expect(scene, "stays unanswered");
	/* Twenty times that, but said once. */
	assert_null(strstr(strstr(scene->log, "writing") + 1, "writing"));
	/* The rest goes on. */
	write_sectors(client, disk, 0, 1, out);
	read_sectors(client, disk, SCENE_SECTORS / 2, 1, in);
	/* And all of it as soon as it can: the initiator's next try. */
	limit_file_size(scene, RLIM_INFINITY);
	write_as_it_recovers(client, SCENE_SECTORS / 2, out);
	read_sectors(client, disk, SCENE_SECTORS / 2, 1, in);
	assert_memory_equal(in, out, sizeof(out));
}

/*
 * Others may write to what is not locked: what they wrote must not be undone, and so it is not
 * known that it works again before an initiator has tried.
 */
static void what_others_write_to_is_not_tried(void **state)
{
	struct scene *scene = *state;
	struct client *client;
	uint8_t data[AOE_SECTOR] = {1};

	scene_stop(scene);
	scene_serve(scene, scene_text(scene, "7.3=%s,lock=no", scene_path(scene, "disk")), NULL);
	client = scene_client(scene);
	limit_file_size(scene, SCENE_SECTORS / 2 * AOE_SECTOR);
	ask_ignored(client,
	            make_ata(client, disk, ATA_WRITE_EXT, SCENE_SECTORS / 2, 1, data, sizeof(data)),
	            disk);
	limit_file_size(scene, RLIM_INFINITY);
	/* Two seconds without an error, and the second in which it would be tried. */
	hear_nothing(client, 3300);
	write_as_it_recovers(client, SCENE_SECTORS / 2, data);
}

static void the_status_says_what_fails(void **state)
{
	struct scene *scene = *state;
	struct client *client;
	uint8_t data[AOE_SECTOR] = {1};

	scene_stop(scene);
	scene_serve(scene, scene_text(scene, "7.3=%s", scene_path(scene, "disk")),
	            scene_text(scene, "--control=%s/control", scene->folder), NULL);
	client = scene_client(scene);
	limit_file_size(scene, SCENE_SECTORS / 2 * AOE_SECTOR);
	ask_ignored(client,
	            make_ata(client, disk, ATA_WRITE_EXT, SCENE_SECTORS / 2, 1, data, sizeof(data)),
	            disk);
	control_agrees(scene, "status table", "silent");
	control_agrees(scene, "status table", "(writing fails, for ");
	control_agrees(scene, "status json", "\"why\": \"writing fails\", \"silent_ms\": ");
	limit_file_size(scene, RLIM_INFINITY);
	write_as_it_recovers(client, SCENE_SECTORS / 2, data);
	control_agrees(scene, "status table", "serving");
	scene_stop(scene);
}

/* A full disk still reads, and takes what it has room for: that does not make it well. */
static void what_works_beside_it_is_no_recovery(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	uint8_t data[AOE_SECTOR] = {1};

	limit_file_size(scene, SCENE_SECTORS / 2 * AOE_SECTOR);
	ask_ignored(client,
	            make_ata(client, disk, ATA_WRITE_EXT, SCENE_SECTORS / 2, 1, data, sizeof(data)),
	            disk);
	hear_nothing(client, 2100);
	read_sectors(client, disk, SCENE_SECTORS / 2, 1, data);
	write_sectors(client, disk, 0, 1, data);
	limit_file_size(scene, RLIM_INFINITY);
	hear(client);
	assert_int_equal(client->header.command, AOE_CONFIG);
	scene_expect(scene, "writing works again");
	assert_null(strstr(scene->log, "reading works again"));
	assert_null(strstr(strstr(scene->log, "writing works") + 1, "writing works"));
	read_sectors(client, disk, SCENE_SECTORS / 2, 1, data);
	for (size_t i = 0; i < sizeof(data); i++)
		assert_int_equal(data[i], 0);
}

/* Whoever asks what is here makes it look, which is no reason to say the same again. */
static void a_size_that_cannot_be_served_is_said_once(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	const char *message = "its size stays";

	scene_stop(scene);
	assert_int_equal(truncate(scene_path(scene, "disk"), 8192), 0);
	scene_serve(scene, scene_text(scene, "7.3=%s,direct", scene_path(scene, "disk")), NULL);
	assert_int_equal(truncate(scene_path(scene, "disk"), 8192 + AOE_SECTOR + 1), 0);
	for (int i = 0; i < 3; i++) {
		ask(client, make_config(client, disk, AOE_CONFIG_READ, ""));
		hear_nothing(client, 1100);
	}
	scene_stop(scene);
	assert_non_null(strstr(scene->log, message));
	assert_null(strstr(strstr(scene->log, message) + 1, message));
}

static void failing_reads_are_silence(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	uint8_t data[AOE_SECTOR];

	assert_int_equal(truncate(scene_path(scene, "disk"), AOE_SECTOR), 0);
	ask_ignored(client, make_ata(client, disk, ATA_READ_EXT, 1, 1, NULL, 0), disk);
	scene_expect(scene, scene_text(scene, "e7.3: %s: reading sector 1: Input/output error: ",
	                               scene_path(scene, "disk")));
	ask_ignored(client, make_ata(client, disk, ATA_READ_EXT, 0, 2, NULL, 0), disk);
	read_sectors(client, disk, 0, 1, data);
	/* This one waits until the other is through with the sector. */
	write_sectors(client, disk, 0, 1, data);
	/* It is not to be found meanwhile. */
	ask_ignored(client, make_config(client, disk, AOE_CONFIG_READ, ""), disk);
	ask_ignored(client, make_ata(client, disk, ATA_IDENTIFY, 0, 1, NULL, 0), disk);
	/* Nobody has to ask: it finds out and tells. */
	assert_int_equal(truncate(scene_path(scene, "disk"), SCENE_SECTORS * AOE_SECTOR), 0);
	hear(client);
	assert_int_equal(client->header.command, AOE_CONFIG);
	scene_expect(scene, "reading works again");
	read_sectors(client, disk, 1, 1, data);
	ask(client, make_config(client, disk, AOE_CONFIG_READ, ""));
}

/* It stood still while others may have gone on: what it missed must not happen any more. */
static void requests_from_before_a_freeze_are_dropped(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	char *arguments[] = {scene_text(scene, "%s", program(scene, "etherroot")),
	                     scene_text(scene, "serve"),
	                     scene_text(scene, "--qemu=%s", scene->socket),
	                     scene_text(scene, "--mac=02:00:00:00:00:aa"),
	                     scene_text(scene, "--listen=0"),
	                     scene_text(scene, "7.3=%s", scene_path(scene, "disk")),
	                     NULL};
	uint8_t out[AOE_SECTOR], in[AOE_SECTOR];

	scene_stop(scene);
	/* As users start it, with the age that it has by itself. */
	scene_start(scene, arguments);
	scene_expect(scene, "e7.3");
	fill(out, sizeof(out), 1);
	scene_freeze(scene);
	say(client, make_ata(client, disk, ATA_WRITE_EXT, 3, 1, out, sizeof(out)));
	say(client, make_ata(client, disk, ATA_READ_EXT, 3, 1, NULL, 0));
	say(client, make_ata(client, disk, ATA_FLUSH, 0, 0, NULL, 0));
	hear_nothing(client, 1100);
	scene_thaw(scene);
	scene_expect(scene, "e7.3: 1 request waited longer than 1000 ms and was dropped");
	scene_stop(scene);
	hear_nothing(client, 0);
	scene_serve(scene, scene_text(scene, "7.3=%s", scene_path(scene, "disk")), NULL);
	read_sectors(client, disk, 3, 1, in);
	for (size_t i = 0; i < sizeof(in); i++)
		assert_int_equal(in[i], 0);
}

static void how_old_is_too_old_can_be_said(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	uint8_t data[AOE_SECTOR] = {1};

	/* This target has been told an hour. */
	scene_freeze(scene);
	say(client, make_ata(client, disk, ATA_WRITE_EXT, 3, 1, data, sizeof(data)));
	hear_nothing(client, 1100);
	scene_thaw(scene);
	hear(client);
	check_reply(client, disk, AOE_RESPONSE, 0);
	scene_stop(scene);
	scene_serve(scene, "--max-age=20", scene_text(scene, "7.3=%s", scene_path(scene, "disk")),
	            NULL);
	scene_freeze(scene);
	say(client, make_ata(client, disk, ATA_WRITE_EXT, 3, 1, data, sizeof(data)));
	hear_nothing(client, 30);
	scene_thaw(scene);
	scene_expect(scene, "e7.3: 1 request waited longer than 20 ms and was dropped");
	scene_stop(scene);
	hear_nothing(client, 0);
}

/* While it stands still: the same write on both LANs, then a newer one on the second. */
static void race(struct client *first, struct client *second, const uint8_t *old,
                 const uint8_t *newer)
{
	struct scene *scene = first->scene;
	uint8_t in[AOE_SECTOR];

	scene_signal(scene, SIGSTOP);
	/* So that the second is looked at first. */
	say(second, make_ata(second, disk, ATA_READ_EXT, 0, 1, NULL, 0));
	say(first, make_ata(first, disk, ATA_WRITE_EXT, 3, 1, old, AOE_SECTOR));
	say(second, make_ata(second, disk, ATA_WRITE_EXT, 3, 1, old, AOE_SECTOR));
	say(second, make_ata(second, disk, ATA_WRITE_EXT, 3, 1, newer, AOE_SECTOR));
	scene_thaw(scene);
	hear(second);
	while (second->header.tag != second->tag)
		hear(second);
	read_sectors(second, disk, 3, 1, in);
	assert_memory_equal(in, newer, sizeof(in));
}

static void requests_take_effect_in_their_order_over_all_lans(void **state)
{
	struct scene *scene = *state;
	struct client *here = scene_client(scene), *there = scene_client(scene);
	uint8_t old[AOE_SECTOR], newer[AOE_SECTOR];

	scene_stop(scene);
	there->lan = scene_text(scene, "%s/lan2", scene->folder);
	scene_serve(scene, "--qemu", there->lan,
	            scene_text(scene, "7.3=%s", scene_path(scene, "disk")), NULL);
	for (unsigned int i = 0; i < 20; i += 2) {
		fill(old, sizeof(old), i);
		fill(newer, sizeof(newer), i + 1);
		race(here, there, old, newer);
		hear(here);
		race(there, here, old, newer);
		hear(there);
	}
}

/* Runs a command; returns the first line that it prints, or NULL if it fails. */
static char *first_line(struct scene *scene, const char *command)
{
	FILE *pipe = popen(command, "re");
	char line[256] = "";
	bool read;

	assert_non_null(pipe);
	read = fgets(line, sizeof(line), pipe);
	if (pclose(pipe) || !read)
		return NULL;
	line[strcspn(line, "\n")] = '\0';
	return scene_text(scene, "%s", line);
}

static void a_block_device_is_exported(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	uint8_t out[AOE_SECTOR], in[AOE_SECTOR];
	char *loop =
	        geteuid() ? NULL
	                  : first_line(scene, scene_text(scene, "losetup -f --show %s 2>/dev/null",
	                                                 scene_path(scene, "disk")));
	int holder;

	scene_stop(scene);
	if (!loop) {
		print_message("# no loop devices for this user\n");
		skip();
	}
	scene_serve(scene, scene_text(scene, "7.3=%s", loop), NULL);
	scene_expect(scene, scene_text(scene, "e7.3: %s: 2048 sectors, read-write", loop));
	fill(out, sizeof(out), 4);
	write_sectors(client, disk, SCENE_SECTORS - 1, 1, out);
	read_sectors(client, disk, SCENE_SECTORS - 1, 1, in);
	assert_memory_equal(in, out, sizeof(out));
	ask_failing(client, disk, ATA_READ_EXT, SCENE_SECTORS, 1, ATA_ERROR_ID_NOT_FOUND);
	scene_stop(scene);
	scene_serve(scene, scene_text(scene, "7.3=%s,direct", loop), NULL);
	read_sectors(client, disk, SCENE_SECTORS - 1, 1, in);
	assert_memory_equal(in, out, sizeof(out));
	write_sectors(client, disk, 0, 1, out);
	scene_stop(scene);
	/* As a mounted file system would hold it. */
	holder = open(loop, O_RDONLY | O_EXCL | O_CLOEXEC);
	scene_refused(scene, 1,
	              scene_text(scene,
	                         "e7.3: %s: in use by this machine (mounted, or part of a RAID "
	                         "or volume group): release it, or export it with ,ro\n",
	                         loop),
	              program(scene, "etherroot"), "serve", "--qemu", scene->socket,
	              scene_text(scene, "7.3=%s", loop), NULL);
	scene_serve(scene, scene_text(scene, "7.3=%s,ro", loop), NULL);
	scene_stop(scene);
	close(holder);
	assert_int_equal(system(scene_text(scene, "losetup -d %s", loop)), 0);
}

/* A disk and what lies on it, by other names: two page caches, one of which would overwrite. */
static void one_disk_under_two_names(void **state)
{
	struct scene *scene = *state;
	char *loop =
	        geteuid() ? NULL
	                  : first_line(scene,
	                               scene_text(scene, "losetup -f --show -o 4096 %s 2>/dev/null",
	                                          scene_path(scene, "disk")));
	char *other;

	scene_stop(scene);
	if (!loop) {
		print_message("# no loop devices for this user\n");
		skip();
	}
	scene_refused(scene, 1,
	              scene_text(scene,
	                         "e7.4: %s: some of the same bytes are exported as e7.3 already, "
	                         "from %s: ",
	                         loop, scene_path(scene, "disk")),
	              program(scene, "etherroot"), "serve", "--qemu", scene->socket,
	              scene_text(scene, "7.3=%s", scene_path(scene, "disk")),
	              scene_text(scene, "7.4=%s", loop), NULL);
	/* Beside it, or with one that is only read. */
	scene_serve(scene, scene_text(scene, "7.3=%s,length=8", scene_path(scene, "disk")),
	            scene_text(scene, "7.4=%s", loop), NULL);
	assert_null(strstr(scene->log, "some of the same bytes"));
	scene_stop(scene);
	scene_serve(scene, scene_text(scene, "7.3=%s", scene_path(scene, "disk")),
	            scene_text(scene, "7.4=%s,ro", loop), NULL);
	scene_expect(scene, scene_text(scene, "e7.4: %s has some of the same bytes as e7.3: %s, ",
	                               loop, scene_path(scene, "disk")));
	scene_stop(scene);
	/* The first of the others is only read, and the second is written. */
	other = first_line(scene,
	                   scene_text(scene, "losetup -f --show %s", scene_path(scene, "disk")));
	assert_non_null(other);
	scene_refused(
	        scene, 1,
	        scene_text(scene, "e7.5: %s: some of the same bytes are exported as e7.4 ", other),
	        program(scene, "etherroot"), "serve", "--qemu", scene->socket,
	        scene_text(scene, "7.3=%s,ro", scene_path(scene, "disk")),
	        scene_text(scene, "7.4=%s", loop), scene_text(scene, "7.5=%s", other), NULL);
	assert_int_equal(system(scene_text(scene, "losetup -d %s", other)), 0);
	assert_int_equal(system(scene_text(scene, "losetup -d %s", loop)), 0);
}

#define TEST(function)                                                                             \
	cmocka_unit_test_setup_teardown(function, scene_setup_serving, scene_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(failing_writes_are_silence),
	        TEST(what_works_beside_it_is_no_recovery),
	        TEST(what_others_write_to_is_not_tried),
	        TEST(the_status_says_what_fails),
	        TEST(a_size_that_cannot_be_served_is_said_once),
	        TEST(failing_reads_are_silence),
	        TEST(requests_from_before_a_freeze_are_dropped),
	        TEST(how_old_is_too_old_can_be_said),
	        TEST(requests_take_effect_in_their_order_over_all_lans),
	        TEST(a_block_device_is_exported),
	        TEST(one_disk_under_two_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
