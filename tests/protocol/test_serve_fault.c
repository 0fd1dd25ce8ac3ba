/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Faults that are rehearsed: what one export's do to its clients, and not to another's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tests/protocol/scene.h"

enum {
	SECTORS = 2048,
	MANY = 300,   /* more requests than one turn takes */
	CROWD = 5000, /* and more than one export may have under way */
};

static const struct aoe_address faulty = {7, 3}, healthy = {7, 4};

/* The configuration file: two exports, the first with these options (" fault=hang"). */
static void configure(struct scene *scene, const char *options)
{
	scene_configure(scene, scene_text(scene, "export 7.3 %s%s\nexport 7.4 %s\n",
	                                  scene_path(scene, "faulty"), options,
	                                  scene_path(scene, "healthy")));
}

static void serve(struct scene *scene, const char *options)
{
	scene->sanitized = true;
	scene_file(scene, "faulty", SECTORS * AOE_SECTOR);
	scene_file(scene, "healthy", SECTORS * AOE_SECTOR);
	configure(scene, options);
	scene_serve(scene, scene_text(scene, "--config=%s", scene_path(scene, "serve.conf")),
	            scene_text(scene, "--control=%s", scene_path(scene, "control")), NULL);
	scene_expect(scene, "etherroot serve: serving ");
}

/* SIGHUP, and waits until what it changed was said. */
static void reload(struct scene *scene, const char *options)
{
	configure(scene, options);
	scene->log_length = 0;
	scene->log[0] = '\0';
	scene_signal(scene, SIGHUP);
	scene_expect(scene, "etherroot serve: serving ");
}

static uint64_t milliseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Sends a read of one sector. Returns its tag. */
static uint32_t send_read(struct client *client, struct aoe_address address, uint64_t lba)
{
	say(client, make_ata(client, address, ATA_READ_EXT, lba, 1, NULL, 0));
	return client->tag;
}

static uint32_t send_write(struct client *client, uint64_t lba, const uint8_t *data)
{
	say(client, make_ata(client, faulty, ATA_WRITE_EXT, lba, 1, data, AOE_SECTOR));
	return client->tag;
}

/* Waits for the answer to that request; announcements that come before it say nothing of it. */
static void expect_answer(struct client *client, uint32_t tag)
{
	do
		hear(client);
	while (client->header.command == AOE_CONFIG);
	assert_int_equal(client->header.tag, tag);
	assert_int_equal(client->header.flags, AOE_RESPONSE);
}

/* Sends MANY reads of the first export. */
static void send_many(struct client *client)
{
	for (unsigned int i = 0; i < MANY; i++)
		send_read(client, faulty, i);
}

/* Sends CROWD different reads of it. */
static void send_crowd(struct client *client)
{
	const unsigned int places = SECTORS / 2;

	for (unsigned int i = 0; i < CROWD; i++)
		say(client, make_ata(client, faulty, ATA_READ_EXT, i % places,
		                     (uint8_t)(i / places + 1), NULL, 0));
}

/* Asks who is there; waits until both have answered. */
static void discover(struct client *client)
{
	bool found[2] = {false};

	say(client, make_config(client, (struct aoe_address){AOE_SHELF_ALL, AOE_SLOT_ALL},
	                        AOE_CONFIG_READ, ""));
	while (!found[0] || !found[1]) {
		hear(client);
		assert_int_equal(client->header.command, AOE_CONFIG);
		found[client->header.address.slot != faulty.slot] = true;
	}
}

/* Waits for the answers to all of those, in any order. */
static void expect_many(struct client *client)
{
	const uint32_t first = client->tag + 1 - MANY;
	bool answered[MANY] = {false};

	for (unsigned int i = 0; i < MANY; i++) {
		do
			hear(client);
		while (client->header.command == AOE_CONFIG);
		assert_true(client->header.tag >= first && client->header.tag <= client->tag);
		assert_false(answered[client->header.tag - first]);
		answered[client->header.tag - first] = true;
	}
}

static void a_slow_disk_answers_later(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	uint8_t out[AOE_SECTOR], in[AOE_SECTOR];
	uint64_t before;

	serve(scene, " fault=read-delay:60ms+write-delay:50ms+sync-delay:50ms");
	fill(out, sizeof(out), 1);
	before = milliseconds();
	write_sectors(client, faulty, 3, 1, out);
	assert_true(milliseconds() - before >= 100);
	before = milliseconds();
	read_sectors(client, faulty, 3, 1, in);
	assert_true(milliseconds() - before >= 60);
	assert_memory_equal(in, out, sizeof(in));
}

/* The disk that hangs has all that it may have under way; the other's clients notice nothing. */
static void a_disk_that_hangs_is_no_others_trouble(void **state)
{
	struct scene *scene = *state;
	struct client *stuck = scene_client(scene), *client = scene_client(scene);
	uint8_t out[AOE_SECTOR], in[AOE_SECTOR];

	serve(scene, " fault=hang");
	send_many(stuck);
	for (unsigned int i = 0; i < MANY; i++) {
		fill(out, sizeof(out), i);
		write_sectors(client, healthy, i, 1, out);
		read_sectors(client, healthy, i, 1, in);
		assert_memory_equal(in, out, sizeof(in));
	}
	/* And none of the others was answered: they all are when the fault is taken off. */
	hear_nothing(stuck, 0);
	reload(scene, "");
	scene_expect(scene, "e7.3: no faults any more");
	expect_many(stuck);
}

static void a_slow_disk_is_no_others_trouble(void **state)
{
	struct scene *scene = *state;
	struct client *slow = scene_client(scene), *client = scene_client(scene);
	uint8_t data[AOE_SECTOR] = {0};
	uint64_t before;

	serve(scene, " fault=delay:10ms");
	for (unsigned int round = 0; round < 3; round++) {
		send_many(slow);
		for (unsigned int i = 0; i < MANY; i++)
			write_sectors(client, healthy, i, 1, data);
		expect_many(slow);
	}
	/* What they wait for is the disk, not each other: all had the same 10 ms. */
	before = milliseconds();
	read_sectors(client, faulty, 0, 1, data);
	assert_true(milliseconds() - before >= 10);
}

/* What the faulty one may have under way leaves room for others, and for who looks for disks. */
static void a_crowd_at_a_disk_that_hangs_leaves_room(void **state)
{
	struct scene *scene = *state;
	struct client *crowd = scene_client(scene), *client = scene_client(scene);
	uint8_t data[AOE_SECTOR] = {1};

	serve(scene, " fault=hang");
	discover(client);
	send_crowd(crowd);
	for (unsigned int i = 0; i < MANY; i++) {
		write_sectors(client, healthy, i, 1, data);
		read_sectors(client, healthy, i, 1, data);
	}
	ask(client, make_config(client, healthy, AOE_CONFIG_READ, ""));
	hear_nothing(crowd, 0);
}

/* So does a sync that hangs, behind which writes gather; and the end comes all the same. */
static void writes_behind_a_sync_that_hangs_leave_room(void **state)
{
	struct scene *scene = *state;
	struct client *stuck = scene_client(scene), *client = scene_client(scene);
	uint8_t data[AOE_SECTOR] = {1};

	serve(scene, " fault=sync-hang");
	for (unsigned int i = 0; i < MANY; i++)
		send_write(stuck, i, data);
	for (unsigned int i = 0; i < MANY; i++)
		write_sectors(client, healthy, i, 1, data);
	hear_nothing(stuck, 0);
	scene_signal(scene, SIGTERM);
	assert_int_equal(scene_wait(scene), 1);
	scene_expect(scene, scene_text(scene,
	                               "%d requests are not finished, none of them "
	                               "acknowledged",
	                               MANY));
}

/* A write that is not stable is not acknowledged. */
static void a_sync_that_hangs_keeps_writes_unanswered(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene), *reader = scene_client(scene);
	uint8_t out[AOE_SECTOR], in[AOE_SECTOR];
	uint32_t write;

	serve(scene, " fault=sync-hang");
	fill(out, sizeof(out), 1);
	write = send_write(client, 5, out);
	read_sectors(reader, faulty, 5, 1, in);
	assert_memory_equal(in, out, sizeof(in));
	read_sectors(client, healthy, 5, 1, in);
	reload(scene, "");
	expect_answer(client, write);
}

/* Sixty short ones, one after the other, are over before a long one is, by far. */
static void each_delay_ends_when_it_is_due(void **state)
{
	struct scene *scene = *state;
	struct client *slow = scene_client(scene), *client = scene_client(scene);
	uint8_t data[AOE_SECTOR];
	uint32_t last;

	serve(scene, " fault=read-delay:1ms");
	control_agrees(scene, "fault e7.4 read-delay:30s", "");
	last = send_read(slow, healthy, 0);
	for (unsigned int i = 0; i < 60; i++)
		read_sectors(client, faulty, i, 1, data);
	hear_nothing(slow, 0);
	control_agrees(scene, "fault e7.4 none", "");
	expect_answer(slow, last);
}

static void an_error_is_silence_and_accuses_no_disk(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	uint8_t out[AOE_SECTOR], in[AOE_SECTOR];

	serve(scene, " fault=enospc");
	fill(out, sizeof(out), 1);
	ask_ignored(client, make_ata(client, faulty, ATA_WRITE_EXT, 1, 1, out, sizeof(out)),
	            healthy);
	scene_expect(scene, scene_text(scene, "e7.3: %s: writing sector 1: No space left on device",
	                               scene_path(scene, "faulty")));
	scene_expect(scene, "until it works again: faults are on, and ask for it\n");
	assert_null(strstr(scene->log, "see to the disk"));
	read_sectors(client, faulty, 1, 1, in);
	for (size_t i = 0; i < sizeof(in); i++)
		assert_int_equal(in[i], 0);
	/* The initiator's next try, after it was well for two seconds, or the target's own. */
	control_agrees(scene, "fault e7.3 none", "");
	scene_expect(scene, "writing works again");
	do
		hear(client);
	while (client->header.command != AOE_CONFIG);
	write_sectors(client, faulty, 1, 1, out);
	read_sectors(client, faulty, 1, 1, in);
	assert_memory_equal(in, out, sizeof(in));
}

static void flips_are_wrong_bits_that_nobody_is_told_of(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	uint8_t out[AOE_SECTOR], in[AOE_SECTOR], again[AOE_SECTOR];

	serve(scene, " fault=read-flip");
	fill(out, sizeof(out), 1);
	write_sectors(client, faulty, 1, 1, out);
	read_sectors(client, faulty, 1, 1, in);
	assert_memory_not_equal(in, out, sizeof(in));
	control_agrees(scene, "fault e7.3 write-flip", "");
	read_sectors(client, faulty, 1, 1, in);
	assert_memory_equal(in, out, sizeof(in));
	write_sectors(client, faulty, 1, 1, out);
	read_sectors(client, faulty, 1, 1, in);
	assert_memory_not_equal(in, out, sizeof(in));
	read_sectors(client, faulty, 1, 1, again);
	assert_memory_equal(in, again, sizeof(in));
}

/* At the start, at each change, in the one line that a service manager shows, and in status. */
static void nobody_leaves_them_on_by_mistake(void **state)
{
	struct scene *scene = *state;

	serve(scene, " fault=read-delay:1ms:5%");
	scene_expect(scene,
	             "e7.3: FAULTS ARE ON: read-delay:1ms:5%: what it serves fails on purpose");
	scene_expect(scene, "; FAULTS ARE ON for 1 of them\n");
	control_agrees(scene, "status table", "/faulty (FAULTS ARE ON: read-delay:1ms:5%)\n");
	assert_false(control_says(scene, "status table", "/healthy (FAULTS"));
	control_agrees(scene, "status json", "\"faults\": \"read-delay:1ms:5%\"");
	control_agrees(scene, "status prometheus", "etherroot_faults{export=\"e7.3\"} 1\n");
	control_agrees(scene, "fault e7.4 hang", "");
	scene_expect(scene, "e7.4: FAULTS ARE ON: hang");
	control_refuses(scene, "fault e7.4 sulk", "'sulk': there are delay:TIME");
	control_refuses(scene, "fault e7.5 hang", "e7.5: there is no such export");
	control_agrees(scene, "status table", "/healthy (FAULTS ARE ON: hang)\n");
	/* A reload sets what the configuration says. */
	reload(scene, "");
	scene_expect(scene, "e7.3: no faults any more");
	scene_expect(scene, "e7.4: no faults any more");
	assert_false(control_says(scene, "status table", "FAULTS"));
	assert_null(strstr(strstr(scene->log, "etherroot serve: serving "), "FAULTS"));
}

static void an_export_that_hangs_can_be_removed(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	uint8_t data[AOE_SECTOR] = {1};
	uint32_t write;

	serve(scene, " fault=hang");
	write = send_write(client, 5, data);
	read_sectors(client, healthy, 5, 1, data);
	/* Opened in another way: closed first, which what hangs would be in the way of. */
	reload(scene, " fault=hang direct lock=no");
	expect_answer(client, write);
	scene_expect(scene, "e7.3: FAULTS ARE ON: hang");
	send_read(client, faulty, 5);
	read_sectors(client, healthy, 5, 1, data);
	hear_nothing(client, 0);
}

/* Something ends every second, so that it hangs not; but all of it takes long. */
static void a_withdrawal_does_not_wait_for_ever(void **state)
{
	enum { READS = 1500 };
	struct scene *scene = *state;
	struct client *client = scene_client(scene);

	serve(scene, " fault=read-delay:1s");
	for (unsigned int i = 0; i < READS; i++)
		send_read(client, faulty, i);
	/* Answered after all of those were taken; some may be done by then. */
	send_read(client, healthy, 5);
	do
		hear(client);
	while (client->header.address.slot != healthy.slot);
	control_refuses(
	        scene, "withdraw e7.3",
	        " requests that were begun are not done yet, for the disk is slow: withdraw "
	        "it again, to wait for them");
	control_agrees(scene, "fault e7.3 none", "");
	control_agrees(scene, "withdraw e7.3", "");
	scene_stop(scene);
}

/* As with a disk that hangs in earnest: the end does not wait for it for ever. */
static void the_end_does_not_wait_for_what_hangs(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	uint8_t data[AOE_SECTOR] = {1};

	serve(scene, " fault=write-hang");
	send_write(client, 5, data);
	read_sectors(client, healthy, 5, 1, data);
	scene_signal(scene, SIGTERM);
	assert_int_equal(scene_wait(scene), 1);
	scene_expect(scene, "1 request is not finished");
	hear_nothing(client, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(a_slow_disk_answers_later, scene_setup,
	                                        scene_teardown),
	        cmocka_unit_test_setup_teardown(a_slow_disk_is_no_others_trouble, scene_setup,
	                                        scene_teardown),
	        cmocka_unit_test_setup_teardown(a_disk_that_hangs_is_no_others_trouble, scene_setup,
	                                        scene_teardown),
	        cmocka_unit_test_setup_teardown(a_sync_that_hangs_keeps_writes_unanswered,
	                                        scene_setup, scene_teardown),
	        cmocka_unit_test_setup_teardown(each_delay_ends_when_it_is_due, scene_setup,
	                                        scene_teardown),
	        cmocka_unit_test_setup_teardown(an_error_is_silence_and_accuses_no_disk,
	                                        scene_setup, scene_teardown),
	        cmocka_unit_test_setup_teardown(flips_are_wrong_bits_that_nobody_is_told_of,
	                                        scene_setup, scene_teardown),
	        cmocka_unit_test_setup_teardown(nobody_leaves_them_on_by_mistake, scene_setup,
	                                        scene_teardown),
	        cmocka_unit_test_setup_teardown(an_export_that_hangs_can_be_removed, scene_setup,
	                                        scene_teardown),
	        cmocka_unit_test_setup_teardown(a_withdrawal_does_not_wait_for_ever, scene_setup,
	                                        scene_teardown),
	        cmocka_unit_test_setup_teardown(the_end_does_not_wait_for_what_hangs, scene_setup,
	                                        scene_teardown),
	        cmocka_unit_test_setup_teardown(a_crowd_at_a_disk_that_hangs_leaves_room,
	                                        scene_setup, scene_teardown),
	        cmocka_unit_test_setup_teardown(writes_behind_a_sync_that_hangs_leave_room,
	                                        scene_setup, scene_teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
