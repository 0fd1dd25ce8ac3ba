/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The target reads its configuration file again, at SIGHUP. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/protocol/reloading.h"
#include "tests/protocol/scene.h"
#include "tools/aoe/identify.h"

static uint64_t sectors_of(struct scene *scene, struct aoe_address address)
{
	struct client *client = scene_client(scene);
	struct identify identify;

	ask(client, make_ata(client, address, ATA_IDENTIFY, 0, 1, NULL, 0));
	assert_true(client->reply_length >= AOE_ATA_DATA + IDENTIFY_SIZE);
	identify_parse(client->reply + AOE_ATA_DATA, &identify);
	return identify.sectors;
}

/* ---- what changes ---- */

static void exports_come_and_go(void **state)
{
	struct scene *scene = *state;

	serve(scene, with_files(scene, "export 7.3 @/a\n"));
	check_works(scene, first, 1);
	scene_configure(scene, with_files(scene, "export 7.3 @/a\nexport 7.4 @/b\n"));
	reload(scene, "e7.4: ");
	scene_expect(scene, "reloaded: 1 export as before, 0 changed, 1 added, 0 removed\n");
	check_works(scene, first, 2);
	check_works(scene, second, 3);
	scene_configure(scene, with_files(scene, "export 7.4 @/b\n"));
	reload(scene, "/a: not exported any more\n");
	check_gone(scene, first, second);
	check_works(scene, second, 4);
	scene_configure(scene, "");
	reload(scene, "0 exports as before, 0 changed, 0 added, 1 removed\n");
	scene_expect(scene, "serving no export yet on ");
	scene_stop(scene);
}

/* Initiators are told: they would ask again only after a minute. */
static void a_new_export_is_announced(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);

	serve(scene, with_files(scene, "export 7.3 @/a\n"));
	ask(client, make_config(client, first, AOE_CONFIG_READ, ""));
	scene_configure(scene, with_files(scene, "export 7.3 @/a\nexport 7.4 @/b\n"));
	reload(scene, "1 added");
	hear(client);
	assert_int_equal(client->header.command, AOE_CONFIG);
	assert_int_equal(client->header.address.slot, 4);
	scene_stop(scene);
}

static void access_changes(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	const char *open = with_files(scene, "export 7.3 @/a\nexport 7.4 @/b\n");

	serve(scene, open);
	ask(client, make_config(client, first, AOE_CONFIG_READ, ""));
	scene_configure(scene, with_files(scene, "export 7.3 @/a mac=02:00:00:00:00:77 config=hi\n"
	                                         "export 7.4 @/b\n"));
	reload(scene, "1 export as before, 1 changed, 0 added, 0 removed\n");
	check_gone(scene, first, second);
	scene_configure(scene, open);
	reload(scene, "1 export as before, 1 changed, 0 added, 0 removed\n");
	check_works(scene, first, 1);
	scene_stop(scene);
}

/* Read-only, then not: the lock that the target itself has is in the way until it is closed. */
static void an_export_is_opened_in_another_way(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	const uint8_t sector[AOE_SECTOR] = {0};

	serve(scene, with_files(scene, "export 7.3 @/a ro\nexport 7.4 @/b\n"));
	ask(client, make_ata(client, first, ATA_WRITE_EXT, 0, 1, sector, sizeof(sector)));
	assert_int_equal(client->reply[AOE_HEADER_SIZE + 1], ATA_ERROR_ABORTED);
	scene_configure(scene, with_files(scene, "export 7.3 @/a\nexport 7.4 @/b\n"));
	reload(scene, "/a: 2048 sectors, read-write, ");
	check_works(scene, first, 1);
	/* Two exchange their files, and one moves. */
	scene_configure(scene, with_files(scene, "export 7.3 @/b\nexport 7.4 @/a\n"));
	reload(scene, "0 exports as before, 2 changed, 0 added, 0 removed\n");
	scene_expect(scene, "e7.3: ");
	scene_expect(scene, "e7.4: ");
	check_works(scene, first, 2);
	check_works(scene, second, 3);
	scene_configure(scene, with_files(scene, "export 7.4 @/b\n"));
	reload(scene, "1 changed, 0 added, 1 removed\n");
	scene_expect(scene, "e7.4: ");
	check_works(scene, second, 4);
	scene_stop(scene);
}

/* Another server has it now, whatever changes here. */
static void what_was_withdrawn_stays_so(void **state)
{
	struct scene *scene = *state;

	serve(scene, with_files(scene, "export 7.3 @/a\nexport 7.4 @/b\n"));
	control_agrees(scene, "withdraw e7.3", "");
	check_gone(scene, first, second);
	scene_configure(scene,
	                with_files(scene, "export 7.3 @/a cache=writeback\nexport 7.4 @/b\n"));
	reload(scene, "/a: 2048 sectors, read-write, writes are acknowledged from memory");
	check_gone(scene, first, second);
	control_agrees(scene, "resume e7.3", "");
	check_works(scene, first, 1);
	scene_stop(scene);
}

static void a_file_grows(void **state)
{
	struct scene *scene = *state;

	serve(scene, with_files(scene, "export 7.3 @/a\nexport 7.4 @/b length=16\n"));
	assert_int_equal(sectors_of(scene, first), SECTORS);
	assert_int_equal(truncate(scene_path(scene, "a"), 2 * SECTORS * AOE_SECTOR), 0);
	scene_configure(scene, with_files(scene, "export 7.3 @/a\nexport 7.4 @/b length=1M\n"));
	reload(scene, "/a: 4096 sectors, 2048 before\n");
	scene_expect(scene, "/b: 2048 sectors, 16 before\n");
	assert_int_equal(sectors_of(scene, first), 2 * SECTORS);
	assert_int_equal(sectors_of(scene, second), SECTORS);
	/* Cut by whatever accident: the disk does not shrink under its users. */
	assert_int_equal(truncate(scene_path(scene, "a"), AOE_SECTOR), 0);
	reload(scene, "/a: its size stays 4096 sectors: the file is shorter than that now\n");
	assert_int_equal(sectors_of(scene, first), 2 * SECTORS);
	/* Shorter because that was asked for. */
	scene_configure(scene, with_files(scene, "export 7.3 @/a\nexport 7.4 @/b length=8\n"));
	reload(scene, "/b: 8 sectors, 2048 before\n");
	assert_int_equal(sectors_of(scene, second), 8);
	scene_configure(scene, with_files(scene, "export 7.3 @/a\nexport 7.4 @/b length=2049\n"));
	reload(scene, "/b: its size stays 8 sectors: offset and length reach beyond its end\n");
	scene_stop(scene);
}

static void a_file_that_grows_is_noticed(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);

	serve(scene, with_files(scene, "export 7.3 @/a\n"));
	ask(client, make_config(client, first, AOE_CONFIG_READ, ""));
	assert_int_equal(truncate(scene_path(scene, "a"), 2 * SECTORS * AOE_SECTOR), 0);
	/* Nobody asks, and initiators are told. */
	hear(client);
	assert_int_equal(client->header.command, AOE_CONFIG);
	scene_expect(scene, "/a: 4096 sectors, 2048 before\n");
	scene_stop(scene);
}

/* There is nothing to be read again, but what is exported may have grown. */
static void a_command_line_alone(void **state)
{
	struct scene *scene = *state;

	scene_file(scene, "a", SECTORS * AOE_SECTOR);
	scene_serve(scene, scene_text(scene, "7.3=%s/a", scene->folder), NULL);
	scene_expect(scene, "etherroot serve: serving ");
	assert_int_equal(truncate(scene_path(scene, "a"), 2 * SECTORS * AOE_SECTOR), 0);
	reload(scene, "reloaded: 1 export as before, 0 changed, 0 added, 0 removed\n");
	scene_expect(scene, "/a: 4096 sectors, 2048 before\n");
	check_works(scene, first, 1);
	scene_stop(scene);
}

static void lans_come_and_go(void **state)
{
	struct scene *scene = *state;
	struct client *client;
	char *lan = scene_path(scene, "lan2");

	serve(scene, with_files(scene, "export 7.3 @/a\n"));
	scene_configure(scene, with_files(scene, "qemu @/lan2\nexport 7.3 @/a\nbuffers 5\n"));
	reload(scene, "1 export as before, 0 changed, 0 added, 0 removed\n");
	client = scene_client(scene);
	client->lan = lan;
	ask(client, make_config(client, first, AOE_CONFIG_READ, ""));
	assert_int_equal(client->reply[AOE_HEADER_SIZE + 1], 5); /* the buffers' low byte */
	scene_configure(scene, with_files(scene, "export 7.3 @/a\n"));
	reload(scene, "/lan2: not served on any more\n");
	assert_int_equal(access(lan, F_OK), -1);
	check_works(scene, first, 2);
	scene_stop(scene);
}

/* ---- what is wrong ---- */

static void check_refused(struct scene *scene, const char *message)
{
	reload(scene, message);
	scene_expect(scene, "not reloaded: what was served before goes on as it was\n");
	check_works(scene, first, 5);
}

static void a_wrong_file_changes_nothing(void **state)
{
	struct scene *scene = *state;

	serve(scene, with_files(scene, "export 7.3 @/a\n"));
	scene_configure(scene, with_files(scene, "export 7.4 @/b\nexport 7.5 @/b rw\n"));
	check_refused(scene, "/serve.conf:2:");
	scene_configure(scene, with_files(scene, "export 7.4 @/b\nexport 7.5 @/nosuch\n"));
	check_refused(scene, "e7.5: ");
	scene_configure(scene, with_files(scene, "export 7.4 @/b\nqemu @/nosuch/lan\n"));
	check_refused(scene, "/nosuch/lan: ");
	assert_int_equal(unlink(scene_path(scene, "serve.conf")), 0);
	check_refused(scene, "/serve.conf: No such file or directory\n");
	assert_int_equal(mkfifo(scene_path(scene, "serve.conf"), 0600), 0);
	check_refused(scene, "/serve.conf: not a regular file\n");
	assert_int_equal(unlink(scene_path(scene, "serve.conf")), 0);
	scene_stop(scene);
}

/* A disk in another format is refused, and taken when it is told to be one. */
static void a_file_that_is_no_raw_disk(void **state)
{
	struct scene *scene = *state;
	FILE *file;

	serve(scene, with_files(scene, "export 7.3 @/a\n"));
	file = fopen(scene_path(scene, "b"), "r+e");
	assert_non_null(file);
	assert_true(fputs("QFI\xfb", file) >= 0);
	assert_int_equal(fclose(file), 0);
	scene_configure(scene, with_files(scene, "export 7.3 @/a\nexport 7.4 @/b\n"));
	check_refused(scene,
	              "/b: a qcow2 image, not a raw disk image: convert it: qemu-img convert ");
	scene_configure(scene, with_files(scene, "export 7.3 @/a\nexport 7.4 @/b format=raw\n"));
	reload(scene, "1 export as before, 0 changed, 1 added, 0 removed\n");
	check_works(scene, second, 1);
	/* It is served already, whatever stands on it. */
	scene_configure(scene, with_files(scene, "export 7.3 @/a\nexport 7.4 @/b\n"));
	reload(scene, "2 exports as before, 0 changed, 0 added, 0 removed\n");
	scene_stop(scene);
}

/* Another server takes over what is on the disk: that it is there is known before it is told. */
static void a_withdrawn_writeback_is_on_the_disk(void **state)
{
	struct scene *scene = *state;

	if (!can_tamper(scene, "inject=fdatasync:error=EIO", "b"))
		skip();
	serve(scene,
	      with_files(scene,
	                 "export 7.3 @/a cache=writeback\nexport 7.4 @/b cache=writeback\n"));
	check_works(scene, first, 1);
	check_works(scene, second, 2);
	control_agrees(scene, "withdraw e7.3", "");
	control_refuses(scene, "withdraw e7.4",
	                "e7.4: withdrawn, but writes that were acknowledged are lost");
	scene_signal(scene, SIGTERM);
	assert_int_equal(scene_wait(scene), 1);
}

/* Another process has the file: the reload is refused, and works when that is gone. */
static void a_file_that_is_in_use(void **state)
{
	struct scene *scene = *state;
	int fd;

	serve(scene, with_files(scene, "export 7.3 @/a\n"));
	fd = open(scene_path(scene, "b"), O_RDWR | O_CLOEXEC);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	scene_configure(scene, with_files(scene, "export 7.4 @/b\n"));
	check_refused(scene, "/b: in use by another process that has locked it");
	close(fd);
	reload(scene, "0 exports as before, 0 changed, 1 added, 1 removed\n");
	check_works(scene, second, 1);
	scene_stop(scene);
}

/* A loop device on that file; NULL: there are none for this user. */
static char *make_loop(struct scene *scene, const char *file)
{
	FILE *pipe = geteuid() ? NULL
	                       : popen(scene_text(scene, "losetup -f --show %s 2>/dev/null", file),
	                               "re");
	char line[256] = "";

	if (pipe && fgets(line, sizeof(line), pipe))
		line[strcspn(line, "\n")] = '\0';
	if (!pipe || pclose(pipe) || !*line) {
		print_message("# no loop devices for this user\n");
		return NULL;
	}
	return scene_text(scene, "%s", line);
}

/* None of the two is served yet, and neither is locked by the other. */
static void two_new_ones_that_are_the_same_disk(void **state)
{
	struct scene *scene = *state;
	char *loop;

	serve(scene, with_files(scene, "export 7.3 @/a\n"));
	loop = make_loop(scene, scene_path(scene, "b"));
	if (!loop)
		skip();
	scene_configure(scene, with_files(scene, scene_text(scene,
	                                                    "export 7.3 @/a\nexport 7.4 @/b\n"
	                                                    "export 7.5 %s\n",
	                                                    loop)));
	check_refused(scene, scene_text(scene,
	                                "e7.5: %s: some of the same bytes are exported as e7.4 "
	                                "already, from %s/b: ",
	                                loop, scene->folder));
	/* What was opened is closed again. */
	scene_configure(
	        scene,
	        with_files(scene, scene_text(scene, "export 7.3 @/a\nexport 7.5 %s\n", loop)));
	reload(scene, "1 export as before, 0 changed, 1 added, 0 removed\n");
	scene_expect(scene, "serving e7.3, e7.5 on");
	/* Nor is one that leaves in the way, but as long as it is closed. */
	scene_configure(scene, with_files(scene, "export 7.3 @/a\nexport 7.4 @/b\n"));
	reload(scene, "1 export as before, 0 changed, 1 added, 1 removed\n");
	scene_expect(scene, "serving e7.3, e7.4 on");
	check_works(scene, second, 3);
	scene_stop(scene);
	assert_int_equal(system(scene_text(scene, "losetup -d %s", loop)), 0);
}

/*
 * The file is still that of an export which leaves, so that both would have to wait for it: the
 * first would get it, and the second could not be served any more.
 */
static void two_new_ones_for_a_file_that_is_given_up(void **state)
{
	struct scene *scene = *state;
	const struct aoe_address third = {7, 5};

	serve(scene, with_files(scene, "export 7.3 @/a\n"));
	assert_int_equal(link(scene_path(scene, "a"), scene_path(scene, "hard")), 0);
	assert_int_equal(symlink("a", scene_path(scene, "soft")), 0);
	scene_configure(scene, with_files(scene, "export 7.4 @/hard\nexport 7.5 @/soft\n"));
	check_refused(scene,
	              scene_text(scene, "e7.5: %s/soft: the same file as that of e7.4, %s/hard: ",
	                         scene->folder, scene->folder));
	/* Those that may share it take it over together. */
	scene_configure(scene, with_files(scene, "export 7.4 @/hard ro\nexport 7.5 @/soft ro\n"));
	reload(scene, "0 exports as before, 0 changed, 2 added, 1 removed\n");
	scene_expect(scene, "serving e7.4, e7.5 on");
	check_gone(scene, first, third);
	/* One leaves, one stays, and keeps it from the new one. */
	scene_configure(scene, with_files(scene, "export 7.3 @/a\nexport 7.5 @/soft ro\n"));
	scene->log_length = 0;
	scene_signal(scene, SIGHUP);
	scene_expect(scene,
	             scene_text(scene, "e7.3: %s/a: the same file as that of e7.5, %s/soft: ",
	                        scene->folder, scene->folder));
	scene_expect(scene, "not reloaded: ");
	scene_stop(scene);
}

/* And where nobody had it before. */
static void two_new_ones_for_one_file(void **state)
{
	struct scene *scene = *state;

	serve(scene, with_files(scene, "export 7.3 @/a\n"));
	assert_int_equal(link(scene_path(scene, "b"), scene_path(scene, "hard")), 0);
	scene_configure(scene, with_files(scene, "export 7.3 @/a\nexport 7.4 @/b\n"
	                                         "export 7.5 @/hard\n"));
	check_refused(scene,
	              scene_text(scene, "e7.5: %s/hard: the same file as that of e7.4, %s/b: ",
	                         scene->folder, scene->folder));
	scene_stop(scene);
}

/* It comes while the target starts, and long before that waits for it. */
static void a_hangup_at_the_start_is_a_reload(void **state)
{
	struct scene *scene = *state;

	if (!can_tamper(scene, "inject=openat:signal=HUP:when=1", "serve.conf"))
		skip();
	serve(scene, with_files(scene, "export 7.3 @/a\n"));
	scene_expect(scene, "reloaded: 1 export as before");
	check_works(scene, first, 1);
	scene_stop(scene);
}

static void many_at_once(void **state)
{
	struct scene *scene = *state;

	serve(scene, with_files(scene, "export 7.3 @/a\n"));
	for (int i = 0; i < 50; i++) {
		scene_configure(scene,
		                i % 2 ? with_files(scene, "export 7.3 @/a ro\n")
		                      : with_files(scene, "export 7.3 @/a\nexport 7.4 @/b\n"));
		scene_signal(scene, SIGHUP);
	}
	scene_configure(scene, with_files(scene, "export 7.5 @/b\n"));
	scene_signal(scene, SIGHUP);
	scene_expect(scene, "serving e7.5 on ");
	check_gone(scene, first, (struct aoe_address){7, 5});
	scene_stop(scene);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, scene_setup, scene_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(exports_come_and_go),
	        TEST(a_new_export_is_announced),
	        TEST(access_changes),
	        TEST(an_export_is_opened_in_another_way),
	        TEST(what_was_withdrawn_stays_so),
	        TEST(a_file_grows),
	        TEST(a_file_that_grows_is_noticed),
	        TEST(a_command_line_alone),
	        TEST(lans_come_and_go),
	        TEST(a_wrong_file_changes_nothing),
	        TEST(a_file_that_is_no_raw_disk),
	        TEST(a_withdrawn_writeback_is_on_the_disk),
	        TEST(a_file_that_is_in_use),
	        TEST(two_new_ones_that_are_the_same_disk),
	        TEST(two_new_ones_for_a_file_that_is_given_up),
	        TEST(two_new_ones_for_one_file),
	        TEST(a_hangup_at_the_start_is_a_reload),
	        TEST(many_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
