/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A target that reads its configuration file again, starts or ends, while a disk keeps it waiting.
 * Nearly all of the time is its own patience: 5 s before a disk is said to hang, 10 s at the end or
 * to open a file. So all of them wait at the same time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/protocol/reloading.h"
#include "tests/protocol/scene.h"
#include "tests/protocol/together.h"

/* A file server that is gone: what is served goes on, and the reload says what it waits for. */
static void a_file_that_cannot_be_opened_in_time(void **state)
{
	struct scene *scene = *state;

	if (!can_tamper(scene, "inject=openat:delay_enter=15000000", "b"))
		skip();
	serve(scene, with_files(scene, "export 7.3 @/a\n"));
	scene_configure(scene, with_files(scene, "export 7.3 @/a\nexport 7.4 @/b\n"));
	scene_signal(scene, SIGHUP);
	scene_expect(scene, scene_text(scene,
	                               "e7.4: %s: opening it takes too long: its disk or file "
	                               "server does not answer\n",
	                               scene_path(scene, "b")));
	scene_expect(scene, "not reloaded: what was served before goes on as it was\n");
	check_gone(scene, second, first);
	check_works(scene, first, 1);
	/* It hangs still, and is not in the way of the end. */
	scene_stop(scene);
}

/* Whatever waits at the start is named, and is waited for. */
static void a_start_that_waits_is_told(void **state)
{
	struct scene *scene = *state;

	if (!can_tamper(scene, "inject=openat:delay_enter=10500000", "a"))
		skip();
	serve(scene, with_files(scene, "export 7.3 @/a\n"));
	assert_non_null(strstr(scene->log,
	                       "/a: waiting for its disk or file server to open it, for 10 s now"));
	check_works(scene, first, 1);
	scene_stop(scene);
}

static void a_file_that_cannot_be_closed_is_told(void **state)
{
	struct scene *scene = *state;
	const char *writeback = with_files(scene, "export 7.3 @/a cache=writeback\n");

	if (!can_tamper(scene, "inject=close:delay_enter=20000000", "b"))
		skip();
	serve(scene, with_files(scene, scene_text(scene, "%sexport 7.4 @/b\n", writeback)));
	scene_configure(scene, writeback);
	reload(scene, "/b: not exported any more\n");
	scene_expect(scene, "/b: not exported any more, but closing it has not ended for ");
	check_works(scene, first, 1);
	/* What has to wait until another one is closed does not wait for that. */
	scene_configure(scene, with_files(scene, "export 7.3 @/a ro\n"));
	control_agrees(scene, "reload", "");
	control_agrees(scene, "status json", "\"state\": \"serving\"");
	/* It has not ended yet, and that is trouble at the end too. */
	scene_signal(scene, SIGTERM);
	assert_int_equal(scene_wait(scene), 1);
}

/* Nor if it is closed since it cannot be served: nobody waits for that but the reload. */
static void a_file_that_cannot_be_closed_again(void **state)
{
	struct scene *scene = *state;

	if (!can_tamper(scene, "inject=close:delay_enter=15000000", "b"))
		skip();
	serve(scene, with_files(scene, "export 7.3 @/a\n"));
	scene_configure(
	        scene, with_files(scene, "export 7.3 @/a\nexport 7.4 @/b snapshot-dir=@/nosuch\n"));
	scene_signal(scene, SIGHUP);
	scene_expect(scene, "/b: opening it takes too long");
	scene_expect(scene, "not reloaded: what was served before goes on as it was\n");
	check_works(scene, first, 1);
	scene_stop(scene);
}

/* The other export is closed, and the end comes. */
static void a_file_that_cannot_be_closed_at_the_end(void **state)
{
	struct scene *scene = *state;

	if (!can_tamper(scene, "inject=close:delay_enter=20000000", "a"))
		skip();
	serve(scene, with_files(scene, "export 7.3 @/a\nexport 7.4 @/b cache=writeback\n"));
	check_works(scene, first, 1);
	check_works(scene, second, 2);
	scene_signal(scene, SIGTERM);
	assert_int_equal(scene_wait(scene), 1);
	scene_expect(scene, scene_text(scene, "e7.3: %s: closing it", scene_path(scene, "a")));
	assert_null(
	        strstr(scene->log, scene_text(scene, "%s: closing it", scene_path(scene, "b"))));
}

/* Waits until one of these happens to what is watched. */
static void await_event(int watch, uint32_t wanted)
{
	union {
		struct inotify_event event;
		char bytes[4096];
	} read_in;
	struct pollfd ready = {.fd = watch, .events = POLLIN};
	bool seen = false;

	while (!seen) {
		ssize_t size;

		assert_int_equal(poll(&ready, 1, DEADLINE), 1);
		size = read(watch, &read_in, sizeof(read_in));
		for (ssize_t at = 0; at < size;) {
			const struct inotify_event *event = (void *)(read_in.bytes + at);

			seen |= (event->mask & wanted) == wanted;
			at += (ssize_t)(sizeof(*event) + event->len);
		}
	}
}

/* A target with a layer's export, whose reload waits a while for another file. */
static bool serve_layers(struct scene *scene, const char *options)
{
	if (!can_tamper(scene, "inject=openat:delay_enter=4000000", "b"))
		return false;
	assert_int_equal(mkdir(scene_path(scene, "layers"), 0700), 0);
	serve(scene, with_files(scene, scene_text(scene, "export 7.3 @/a %s\n", options)));
	return true;
}

/* Begins that reload, and writes when the file has been opened, or the folder was searched. */
static void write_meanwhile(struct scene *scene, struct client *client, const char *text,
                            const char *name, uint32_t event)
{
	int watch = inotify_init1(IN_CLOEXEC);
	uint8_t data[AOE_SECTOR];

	fill(data, sizeof(data), 7);
	assert_true(inotify_add_watch(watch, scene_path(scene, name), event) >= 0);
	scene_configure(scene, with_files(scene, text));
	scene_signal(scene, SIGHUP);
	await_event(watch, event);
	close(watch);
	write_sectors(client, first, 1, 1, data);
}

static void check_written(struct client *client)
{
	uint8_t out[AOE_SECTOR], in[AOE_SECTOR];

	/* After what was told to all. */
	say(client, make_ata(client, first, ATA_FLUSH, 0, 0, NULL, 0));
	do
		hear(client);
	while (client->header.tag != client->tag);
	fill(out, sizeof(out), 7);
	read_sectors(client, first, 1, 1, in);
	assert_memory_equal(in, out, sizeof(in));
}

/* It had no layer when the reload began. */
static void a_layer_that_comes_meanwhile_is_not_thrown_away(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);

	if (!serve_layers(scene, "snapshot"))
		skip();
	write_meanwhile(scene, client, "export 7.3 @/a ro\nexport 7.4 @/b\n", "a", IN_OPEN);
	scene_expect(scene, "to change that would throw away 1 layer of initiators");
	scene_expect(scene, "not reloaded: what was served before goes on as it was\n");
	check_written(client);
}

/* It is made when the folder was looked through already, and is in it all the same. */
static void a_kept_layer_that_comes_meanwhile_is_found(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);

	if (!serve_layers(scene, "snapshot-dir=@/layers"))
		skip();
	write_meanwhile(scene, client,
	                "export 7.3 @/a snapshot-dir=@/layers cache=writeback\nexport 7.4 @/b\n",
	                "layers", IN_CLOSE_NOWRITE);
	scene_expect(scene, "reloaded: 0 exports as before, 1 changed, 1 added, 0 removed\n");
	/* It is there again. */
	do
		hear(client);
	while (client->header.address.slot != first.slot);
	check_written(client);
}

/* True if the write was answered; announcements may have come before. */
static bool has_answer(struct client *client)
{
	const uint32_t write = client->tag - 1;

	while (recv(client->socket, client->reply, sizeof(client->reply), MSG_DONTWAIT) > 0)
		if (!aoe_header_parse(client->reply, sizeof(client->reply), &client->header) &&
		    client->header.tag == write)
			return true;
	return false;
}

/* A write that takes its time, and a reload with which the export has another file, or options. */
static struct client *reload_while_it_writes(struct scene *scene, const char *text)
{
	struct client *client = scene_client(scene);
	uint8_t data[AOE_SECTOR] = {1};

	serve(scene, with_files(scene, "export 7.3 @/a\n"));
	say(client, make_ata(client, first, ATA_WRITE_EXT, 0, 1, data, sizeof(data)));
	read_sectors(client, first, 1, 1, data); /* and so the write was taken */
	scene_configure(scene, with_files(scene, text));
	reload(scene, "0 exports as before, 1 changed, 0 added, 0 removed\n");
	return client;
}

/* It is finished when the requests are that were begun for what had the address before, too. */
static void a_withdrawal_waits_for_the_file_of_before(void **state)
{
	struct scene *scene = *state;
	struct client *client;

	if (!can_tamper(scene, "inject=fdatasync:delay_enter=1500000", "a"))
		skip();
	client = reload_while_it_writes(scene, "export 7.3 @/b\n");
	control_agrees(scene, "withdraw e7.3", "");
	assert_true(has_answer(client));
	scene_stop(scene);
}

/* Each write ends in time, and all of them take too long: nothing that hangs tells of it. */
static void a_withdrawal_does_not_wait_for_ever_for_it(void **state)
{
	enum { WRITES = 5 };
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	uint8_t data[AOE_SECTOR] = {0};

	if (!can_tamper(scene, "inject=pwrite64:delay_enter=3000000", "a"))
		skip();
	serve(scene, with_files(scene, "export 7.3 @/a\n"));
	for (data[0] = 0; data[0] < WRITES; data[0]++)
		say(client, make_ata(client, first, ATA_WRITE_EXT, 0, 1, data, sizeof(data)));
	read_sectors(client, first, 1, 1, data);
	scene_configure(scene, with_files(scene, "export 7.3 @/b\n"));
	reload(scene, "0 exports as before, 1 changed, 0 added, 0 removed\n");
	control_refuses(scene, "withdraw e7.3", " begun are not done yet, for the disk is slow: ");
}

/* The same while there is no export of the address, for the file is not closed yet. */
static void what_is_being_opened_again_is_withdrawn(void **state)
{
	struct scene *scene = *state;
	struct client *client;

	if (!can_tamper(scene, "inject=fdatasync:delay_enter=1500000", "a"))
		skip();
	client = reload_while_it_writes(scene, "export 7.3 @/a ro\n");
	control_agrees(scene, "withdraw e7.3", "");
	assert_true(has_answer(client));
	scene_expect(scene, "a: 2048 sectors, read-only");
	control_agrees(scene, "status json", "\"state\": \"withdrawn\"");
	scene_stop(scene);
}

/* It is not over before what has to wait for its file is served. */
static void a_reload_waits_for_what_is_opened_again(void **state)
{
	struct scene *scene = *state;
	uint8_t data[AOE_SECTOR] = {1};
	struct client *client;

	if (!can_tamper(scene, "inject=fdatasync:delay_enter=1500000", "a"))
		skip();
	client = scene_client(scene);
	serve(scene, with_files(scene, "export 7.3 @/a\n"));
	say(client, make_ata(client, first, ATA_WRITE_EXT, 0, 1, data, sizeof(data)));
	read_sectors(client, first, 1, 1, data);
	scene_configure(scene, with_files(scene, "export 7.3 @/a ro\n"));
	control_agrees(scene, "reload", "");
	control_agrees(scene, "status json", "\"state\": \"serving\"");
	scene_stop(scene);
}

/* Unless that hangs, which is what the answer is then. */
static void a_reload_does_not_wait_for_what_hangs(void **state)
{
	struct scene *scene = *state;

	if (!can_tamper(scene, "inject=close:delay_enter=8000000", "a"))
		skip();
	serve(scene, with_files(scene, "export 7.3 @/a\n"));
	scene_configure(scene, with_files(scene, "export 7.3 @/a ro\n"));
	control_refuses(scene, "reload", "e7.3: not served yet: it waits until ");
	scene_expect(scene, "a: 2048 sectors, read-only");
}

/* A target that will wait for a write at its end. */
static void serve_hanging(struct scene *scene)
{
	struct client *client = scene_client(scene);
	uint8_t data[AOE_SECTOR] = {0};

	serve(scene, with_files(scene, "export 7.3 @/a fault=write-hang\n"));
	say(client, make_ata(client, first, ATA_WRITE_EXT, 0, 1, data, sizeof(data)));
	read_sectors(client, first, 1, 1, data); /* and so the write was taken */
}

/* Nor opens it again what it is about to give up. */
static void at_its_end_it_reloads_no_more(void **state)
{
	struct scene *scene = *state;

	serve_hanging(scene);
	scene_signal(scene, SIGTERM);
	while (control_says(scene, "status json", "e7.3"))
		;
	scene_signal(scene, SIGHUP);
	assert_int_equal(scene_wait(scene), 1);
	assert_null(strstr(scene->log, "reloaded: "));
}

/* Both signals are there when it looks, and the one to reload is the first. */
static void a_reload_that_is_under_way_ends_with_it(void **state)
{
	struct scene *scene = *state;

	serve_hanging(scene);
	scene_configure(scene,
	                with_files(scene, "export 7.3 @/a fault=write-hang\nexport 7.4 @/b\n"));
	scene_signal(scene, SIGSTOP);
	scene_signal(scene, SIGHUP);
	scene_signal(scene, SIGTERM);
	scene_signal(scene, SIGCONT);
	assert_int_equal(scene_wait(scene), 1);
	assert_null(strstr(scene->log, "reloaded: "));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, scene_setup, scene_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(a_file_that_cannot_be_opened_in_time),
	        TEST(a_start_that_waits_is_told),
	        TEST(a_file_that_cannot_be_closed_is_told),
	        TEST(a_file_that_cannot_be_closed_again),
	        TEST(a_file_that_cannot_be_closed_at_the_end),
	        TEST(a_layer_that_comes_meanwhile_is_not_thrown_away),
	        TEST(a_kept_layer_that_comes_meanwhile_is_found),
	        TEST(a_withdrawal_waits_for_the_file_of_before),
	        TEST(a_withdrawal_does_not_wait_for_ever_for_it),
	        TEST(what_is_being_opened_again_is_withdrawn),
	        TEST(a_reload_waits_for_what_is_opened_again),
	        TEST(a_reload_does_not_wait_for_what_hangs),
	        TEST(at_its_end_it_reloads_no_more),
	        TEST(a_reload_that_is_under_way_ends_with_it),
	};

	return together_run(tests, sizeof(tests) / sizeof(tests[0]));
}
