/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The order of things: written, synced, acknowledged.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/protocol/stage.h"
#include "tools/serve/engine/share.h"

enum { MAX_AGE = 3600000 /* milliseconds; no scheduler holds a test up for that long */ };

static const struct mac modest = {{2, 0, 0, 0, 0, 2}};

static int set_up(void **state)
{
	if (stage_set_up(state))
		return -1;
	engine_set_max_age(((struct stage *)*state)->engine, MAX_AGE);
	return 0;
}

/* A request arrives, with this tag; of a write, with these data. */
static void arrives_with(struct stage *stage, uint32_t tag, enum ata_command command, uint64_t lba,
                         unsigned int data)
{
	stage_arrives(stage, stage_disk, tag, command, lba, data);
}

/* The data are others for every tag. */
static void arrives(struct stage *stage, uint32_t tag, enum ata_command command, uint64_t lba)
{
	arrives_with(stage, tag, command, lba, tag);
}

static void a_write_is_synced_before_it_is_acknowledged(void **state)
{
	struct stage *stage = *state;

	arrives(stage, 1, ATA_WRITE_EXT, 5);
	engine_work(stage->engine);
	expect(stage, "w5 s a1 ");
}

static void writes_that_come_together_share_a_sync(void **state)
{
	struct stage *stage = *state;

	for (uint32_t i = 0; i < 5; i++)
		arrives(stage, i, ATA_WRITE_EXT, i);
	engine_work(stage->engine);
	expect(stage, "w0 w1 w2 w3 w4 s a0 a1 a2 a3 a4 ");
}

static void reads_do_not_wait_for_the_sync(void **state)
{
	struct stage *stage = *state;

	arrives(stage, 1, ATA_READ_EXT, 1);
	engine_work(stage->engine);
	expect(stage, "r1 a1 ");
	arrives(stage, 2, ATA_WRITE_EXT, 2);
	arrives(stage, 3, ATA_READ_EXT, 2);
	engine_work(stage->engine);
	expect(stage, "w2 r2 a3 s a2 ");
}

static void requests_take_effect_in_the_order_of_arrival(void **state)
{
	struct stage *stage = *state;

	arrives(stage, 1, ATA_WRITE_EXT, 7);
	arrives(stage, 2, ATA_READ_EXT, 7);
	arrives(stage, 3, ATA_WRITE_EXT, 7);
	arrives(stage, 4, ATA_READ_EXT, 7);
	engine_work(stage->engine);
	expect(stage, "w7 r7 w7 r7 a2 a4 s a1 a3 ");
}

static void a_flush_is_a_sync(void **state)
{
	struct stage *stage = *state;

	arrives(stage, 1, ATA_FLUSH, 0);
	engine_work(stage->engine);
	expect(stage, "s a1 ");
	stage->export->options.writeback = true;
	arrives(stage, 2, ATA_WRITE_EXT, 5);
	arrives(stage, 3, ATA_FLUSH, 0);
	engine_work(stage->engine);
	expect(stage, "w5 a2 s a3 ");
}

static void writeback_does_not_wait(void **state)
{
	struct stage *stage = *state;

	stage->export->options.writeback = true;
	arrives(stage, 1, ATA_WRITE_EXT, 5);
	arrives(stage, 2, ATA_WRITE_EXT, 6);
	engine_work(stage->engine);
	expect(stage, "w5 w6 a1 a2 ");
}

/* More than one batch, more than there are jobs: still in order, none acknowledged too early. */
static void a_flood_is_taken_in_groups(void **state)
{
	struct stage *stage = *state;
	uint32_t written = 0, synced = 0, acknowledged = 0;

	for (uint32_t i = 0; i < STAGE_QUEUE; i++)
		arrives(stage, i, ATA_WRITE_EXT, i);
	for (int i = 0; i < 40; i++)
		engine_work(stage->engine);
	for (char *word = strtok(stage->history, " "); word; word = strtok(NULL, " ")) {
		unsigned int number = (unsigned int)atoi(word + 1);

		if (*word == 'w')
			assert_int_equal(number, written++);
		if (*word == 's')
			synced = written;
		if (*word == 'a') {
			assert_int_equal(number, acknowledged++);
			assert_true(acknowledged <= synced);
		}
	}
	assert_int_equal(acknowledged, STAGE_QUEUE);
}

/* The same from the modest initiator. */
static void arrives_modestly(struct stage *stage, uint32_t tag, enum ata_command ata_command,
                             uint64_t lba)
{
	arrives(stage, tag, ata_command, lba);
	memcpy(stage->queue[stage->queued - 1].data + AOE_AT_SOURCE, &modest, sizeof(modest));
}

static uint64_t last_started(const struct stage *stage)
{
	assert_true(stage->started_count > 0);
	return stage->started[stage->started_count - 1]->offset / AOE_SECTOR;
}

static void a_greedy_initiator_leaves_room_at_the_disk(void **state)
{
	enum { GREED = 1000, OTHER = 2000 };
	struct stage *stage = *state;

	stage->later = true;
	for (uint32_t i = 0; i < GREED; i++)
		arrives(stage, i, ATA_WRITE_EXT, i);
	for (int i = 0; i < 10; i++)
		engine_work(stage->engine);
	assert_int_equal(stage->started_count, SHARE_STARTED);
	arrives_modestly(stage, GREED, ATA_READ_EXT, OTHER);
	engine_work(stage->engine);
	assert_int_equal(stage->started_count, SHARE_STARTED + 1);
	assert_int_equal(last_started(stage), OTHER);
	/* And all is done in the end, in its order. */
	for (uint32_t i = 0; i < SHARE_STARTED; i++)
		finish_oldest(stage);
	for (int i = 0; i < 10000 && stage->started_count; i++) {
		finish_oldest(stage);
		engine_work(stage->engine);
	}
	assert_int_equal(stage->export->held, 0);
	for (uint32_t i = 0; i <= GREED; i++) {
		char word[16];

		snprintf(word, sizeof(word), " a%u ", i);
		assert_true(strstr(stage->history, word) || !i);
	}
}

/* What waits for its turn is not overtaken by what overlaps it, nor superseded by what is older. */
static void what_waits_for_its_turn_keeps_its_place(void **state)
{
	enum { FIRST = 100, SECTOR = 1000 };
	struct stage *stage = *state;

	stage->export->options.writeback = true; /* so that one ends when it is written */
	stage->later = true;
	for (uint32_t i = 0; i < SHARE_STARTED; i++)
		arrives(stage, i, ATA_WRITE_EXT, i);
	arrives(stage, FIRST, ATA_WRITE_EXT, SECTOR);
	arrives_modestly(stage, FIRST + 1, ATA_WRITE_EXT, SECTOR);
	arrives_modestly(stage, FIRST + 2, ATA_READ_EXT, SECTOR);
	engine_work(stage->engine);
	assert_int_equal(stage->started_count, SHARE_STARTED);
	stage->history[0] = '\0';
	finish_oldest(stage);
	assert_int_equal(last_started(stage), SECTOR);
	stage->later = false;
	while (stage->started_count)
		finish_oldest(stage);
	engine_work(stage->engine);
	assert_non_null(strstr(stage->history, "w1000 w1000 r1000 "));
	assert_non_null(strstr(stage->history, " a100 "));
	assert_non_null(strstr(stage->history, " a101 "));
	assert_non_null(strstr(stage->history, " a102 "));
}

static void what_fails_is_not_answered(void **state)
{
	struct stage *stage = *state;

	stage->error = -EIO;
	stage->failing = STORE_READ;
	arrives(stage, 1, ATA_READ_EXT, 1);
	arrives(stage, 2, ATA_WRITE_EXT, 2);
	engine_work(stage->engine);
	expect(stage, "r1! w2 s a2 ");
	stage->failing = STORE_WRITE;
	arrives(stage, 3, ATA_WRITE_EXT, 1);
	arrives(stage, 4, ATA_READ_EXT, 2);
	engine_work(stage->engine);
	expect(stage, "w1! r2 a4 ");
	/* A sync that fails takes its whole group with it: each has to be written again. */
	stage->failing = STORE_SYNC;
	arrives(stage, 5, ATA_WRITE_EXT, 1);
	arrives(stage, 6, ATA_WRITE_EXT, 2);
	arrives(stage, 7, ATA_FLUSH, 0);
	engine_work(stage->engine);
	expect(stage, "w1 w2 s! ");
	stage->error = 0;
	arrives(stage, 5, ATA_WRITE_EXT, 1);
	arrives(stage, 6, ATA_WRITE_EXT, 2);
	engine_work(stage->engine);
	expect(stage, "w1 w2 s a5 a6 ");
}

/* Storage that takes its time, as one with its own queue does. */
static void the_next_group_gathers_during_a_sync(void **state)
{
	struct stage *stage = *state;

	stage->later = true;
	arrives(stage, 1, ATA_WRITE_EXT, 1);
	arrives(stage, 2, ATA_WRITE_EXT, 2);
	engine_work(stage->engine);
	expect(stage, "");
	finish_oldest(stage);
	expect(stage, "w1 ");
	engine_work(stage->engine); /* starts the sync of the first alone */
	finish_oldest(stage);
	arrives(stage, 3, ATA_WRITE_EXT, 3);
	engine_work(stage->engine);
	expect(stage, "w2 ");
	finish_oldest(stage);
	engine_work(stage->engine);
	expect(stage, "s a1 ");
	finish_oldest(stage);
	engine_work(stage->engine);
	expect(stage, "w3 ");
	finish_oldest(stage);
	engine_work(stage->engine);
	expect(stage, "s a2 ");
	finish_oldest(stage);
	engine_work(stage->engine);
	expect(stage, "s a3 ");
	assert_int_equal(stage->started_count, 0);
}

/* Write 1 is done, its sync is under way and will fail; write 2 was begun meanwhile. */
static void write_beside_a_failing_sync(struct stage *stage)
{
	stage->later = true;
	stage->error = -EIO;
	stage->failing = STORE_SYNC;
	arrives(stage, 1, ATA_WRITE_EXT, 1);
	engine_work(stage->engine);
	finish_oldest(stage);
	engine_work(stage->engine);
	arrives(stage, 2, ATA_WRITE_EXT, 2);
	engine_work(stage->engine);
}

/* The kernel tells of a page that it could not write once: whose page that was, it does not tell.
 */
static void a_failed_sync_takes_the_next_group_with_it(void **state)
{
	struct stage *stage = *state;

	write_beside_a_failing_sync(stage);
	/* The write is done while the sync is under way. */
	assert_int_equal(stage->started_count, 2);
	stage->later = false;
	stage_finish(stage, stage->started[1]);
	stage->started_count = 1;
	finish_oldest(stage);
	stage->error = 0;
	engine_work(stage->engine);
	expect(stage, "w1 w2 s! ");
	arrives(stage, 1, ATA_WRITE_EXT, 1);
	arrives(stage, 2, ATA_WRITE_EXT, 2);
	engine_work(stage->engine);
	expect(stage, "w1 w2 s a1 a2 ");
}

/* Nor is one stable that was under way when the error was told: it may be the one. */
static void a_failed_sync_takes_what_is_being_written_with_it(void **state)
{
	struct stage *stage = *state;

	write_beside_a_failing_sync(stage);
	finish_oldest(stage);
	finish_oldest(stage);
	stage->error = 0;
	engine_work(stage->engine);
	expect(stage, "w1 s! w2 ");
	assert_int_equal(stage->started_count, 0);
	/* One that is started now is not meant. */
	arrives(stage, 3, ATA_WRITE_EXT, 2);
	engine_work(stage->engine);
	finish_oldest(stage);
	engine_work(stage->engine);
	finish_oldest(stage);
	engine_work(stage->engine);
	expect(stage, "w2 s a3 ");
}

static void a_flush_waits_for_the_writes_before_it(void **state)
{
	struct stage *stage = *state;

	stage->export->options.writeback = true;
	stage->later = true;
	arrives(stage, 1, ATA_WRITE_EXT, 1);
	arrives(stage, 2, ATA_WRITE_EXT, 2);
	arrives(stage, 3, ATA_FLUSH, 0);
	arrives(stage, 4, ATA_WRITE_EXT, 4);
	engine_work(stage->engine);
	assert_int_equal(stage->started_count, 3);
	stage_finish(stage, stage->started[2]);
	stage->started_count--;
	finish_oldest(stage);
	engine_work(stage->engine);
	expect(stage, "w4 w1 a4 a1 ");
	assert_int_equal(stage->started_count, 1);
	finish_oldest(stage);
	engine_work(stage->engine);
	finish_oldest(stage);
	engine_work(stage->engine);
	expect(stage, "w2 a2 s a3 ");
}

/* On a disk that is slow: done once, and everyone who asked is answered, the latest ones last. */
static void repetitions_are_joined(void **state)
{
	struct stage *stage = *state;

	stage->later = true;
	arrives_with(stage, 1, ATA_WRITE_EXT, 5, 7);
	arrives_with(stage, 2, ATA_WRITE_EXT, 5, 7);
	engine_work(stage->engine);
	arrives_with(stage, 3, ATA_WRITE_EXT, 5, 7);
	arrives(stage, 4, ATA_READ_EXT, 9);
	arrives(stage, 5, ATA_READ_EXT, 9);
	engine_work(stage->engine);
	assert_int_equal(stage->started_count, 2);
	finish_oldest(stage);
	/* Also while it only waits to be stable. */
	arrives_with(stage, 6, ATA_WRITE_EXT, 5, 7);
	engine_work(stage->engine);
	expect(stage, "w5 ");
	finish_oldest(stage);
	engine_work(stage->engine);
	expect(stage, "r9 a4 a5 ");
	finish_oldest(stage);
	engine_work(stage->engine);
	expect(stage, "s a1 a2 a3 a6 ");
	assert_int_equal(stage->started_count, 0);
	/* Other data are another write. */
	arrives_with(stage, 7, ATA_WRITE_EXT, 5, 7);
	arrives_with(stage, 8, ATA_WRITE_EXT, 5, 8);
	engine_work(stage->engine);
	finish_oldest(stage);
	finish_oldest(stage);
	expect(stage, "w5 w5 ");
	/* And another initiator's too. */
	arrives(stage, 9, ATA_READ_EXT, 9);
	arrives(stage, 10, ATA_READ_EXT, 9);
	stage->queue[stage->queued - 1].data[11] ^= 0xff;
	engine_work(stage->engine);
	assert_int_equal(stage->started_count, 3);
}

static void overlapping_requests_wait(void **state)
{
	struct stage *stage = *state;

	stage->later = true;
	arrives(stage, 1, ATA_WRITE_EXT, 5);
	arrives(stage, 2, ATA_READ_EXT, 5);
	arrives(stage, 3, ATA_WRITE_EXT, 5);
	arrives(stage, 4, ATA_WRITE_EXT, 6);
	engine_work(stage->engine);
	assert_int_equal(stage->started_count, 2);
	stage_finish(stage, stage->started[1]);
	stage->started_count = 1;
	expect(stage, "w6 ");
	finish_oldest(stage);
	finish_oldest(stage);
	finish_oldest(stage);
	expect(stage, "w5 r5 w5 ");
}

/* The clocks of frames are those of the wire: one that is taken too late comes too late. */
static void a_superseded_write_is_dropped(void **state)
{
	struct stage *stage = *state;
	struct timespec t;
	uint64_t now;

	clock_gettime(CLOCK_REALTIME, &t);
	now = (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
	arrives(stage, 1, ATA_WRITE_EXT, 5);
	stage->queue[0].received = now - 1000;
	engine_work(stage->engine);
	expect(stage, "w5 s a1 ");
	arrives(stage, 2, ATA_WRITE_EXT, 5);
	stage->queue[1].received = now - 2000;
	arrives(stage, 3, ATA_READ_EXT, 5);
	stage->queue[2].received = now - 2000;
	engine_work(stage->engine);
	expect(stage, "r5 a3 ");
}

static void old_requests_are_dropped(void **state)
{
	struct stage *stage = *state;
	const uint64_t second = 1000000000, hour = 3600 * second;
	struct timespec t;
	uint64_t now;

	clock_gettime(CLOCK_REALTIME, &t);
	now = (uint64_t)t.tv_sec * second + (uint64_t)t.tv_nsec;
	for (uint32_t i = 0; i < 5; i++)
		arrives(stage, i, ATA_WRITE_EXT, 10 * i);
	stage->queue[0].received = now;
	stage->queue[1].received = now - hour - second;
	stage->queue[2].received = 0;          /* not known */
	stage->queue[3].received = now + hour; /* the clock was set back */
	stage->queue[4].received = now - hour / 2;
	engine_work(stage->engine);
	expect(stage, "w0 w20 w30 w40 s a0 a2 a3 a4 ");
}

static void note_quiet(void *owner)
{
	struct stage *stage = owner;

	stage_note(stage, "quiet ");
}

/* What was begun is finished and answered; nothing else is, until it is resumed. */
static void a_withdrawn_export_finishes_what_was_begun(void **state)
{
	struct stage *stage = *state;

	stage->later = true;
	engine_on_quiet(stage->engine, note_quiet, stage);
	arrives(stage, 1, ATA_WRITE_EXT, 5);
	engine_work(stage->engine);
	engine_withdraw(stage->engine, stage->export);
	arrives(stage, 2, ATA_WRITE_EXT, 6);
	arrives(stage, 3, ATA_IDENTIFY, 0);
	engine_work(stage->engine);
	engine_announce(stage->engine);
	expect(stage, "");
	finish_oldest(stage);
	engine_work(stage->engine);
	expect(stage, "w5 ");
	finish_oldest(stage);
	engine_work(stage->engine);
	expect(stage, "s a1 quiet ");
	engine_resume(stage->engine, stage->export, false);
	engine_work(stage->engine);
	expect(stage, "! "); /* it tells that it is there */
	arrives(stage, 4, ATA_IDENTIFY, 0);
	engine_work(stage->engine);
	expect(stage, "a4 ");
}

/* One frame that everyone may send is not to cost a system call for each export. */
static void a_broadcast_is_answered_in_batches(void **state)
{
	enum { EXPORTS = 200 };
	struct stage *stage = *state;
	static struct export many[EXPORTS];
	struct export *list[EXPORTS];
	struct exports exports = {.list = list, .count = EXPORTS};
	struct engine *engine;
	const struct aoe_header header = {.destination = mac_broadcast,
	                                  .source = stage_initiator,
	                                  .version = AOE_VERSION,
	                                  .address = {AOE_SHELF_ALL, AOE_SLOT_ALL},
	                                  .command = AOE_CONFIG};
	const struct aoe_config config = {.command = AOE_CONFIG_READ, .version = AOE_VERSION};

	for (int i = 0; i < EXPORTS; i++) {
		many[i] = *stage->export;
		/* Of a length that was said, which does not grow. */
		many[i].options.file.length = 1;
		many[i].view.address.slot = (uint8_t)i;
		list[i] = &many[i];
	}
	assert_int_equal(engine_create(&stage->say, &exports, NULL, &engine), 0);
	assert_int_equal(engine_add_lan(engine, &stage->lan, 0), 0);
	aoe_header_make(stage->queue[0].data, &header);
	stage->queue[0].length =
	        aoe_pad(stage->queue[0].data, aoe_config_make(stage->queue[0].data, &config));
	stage->queued = 1;
	engine_work(engine);
	engine_free(engine);
	assert_true(stage->sends <= EXPORTS / LAN_BATCH + 1);
	for (int i = 0; i < EXPORTS; i++)
		assert_memory_equal(stage->history + 3 * i, "a0 ", 3);
	stage->history[0] = '\0';
}

static void exports_are_announced_to_those_who_may_use_them(void **state)
{
	struct stage *stage = *state;
	const struct mac macs[] = {stage_initiator, stage->lan.mac};

	engine_announce(stage->engine);
	expect(stage, "! ");
	stage->export->view.macs = macs;
	stage->export->view.mac_count = 2;
	engine_announce(stage->engine);
	expect(stage, "a0 a0 ");
	/* A link that comes up, or changes what it carries, is a reason to do it again. */
	stage->lan.changed = true;
	engine_work(stage->engine);
	expect(stage, "a0 a0 ");
	stage->lan.changed = true;
	stage->lan.state = LAN_DOWN;
	engine_work(stage->engine);
	expect(stage, "");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, stage_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(a_write_is_synced_before_it_is_acknowledged),
	        TEST(writes_that_come_together_share_a_sync),
	        TEST(reads_do_not_wait_for_the_sync),
	        TEST(requests_take_effect_in_the_order_of_arrival),
	        TEST(a_flush_is_a_sync),
	        TEST(writeback_does_not_wait),
	        TEST(a_flood_is_taken_in_groups),
	        TEST(a_greedy_initiator_leaves_room_at_the_disk),
	        TEST(what_waits_for_its_turn_keeps_its_place),
	        TEST(what_fails_is_not_answered),
	        TEST(the_next_group_gathers_during_a_sync),
	        TEST(a_failed_sync_takes_the_next_group_with_it),
	        TEST(a_failed_sync_takes_what_is_being_written_with_it),
	        TEST(a_flush_waits_for_the_writes_before_it),
	        TEST(repetitions_are_joined),
	        TEST(overlapping_requests_wait),
	        TEST(a_superseded_write_is_dropped),
	        TEST(old_requests_are_dropped),
	        TEST(a_withdrawn_export_finishes_what_was_begun),
	        TEST(a_broadcast_is_answered_in_batches),
	        TEST(exports_are_announced_to_those_who_may_use_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
