/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exports and LANs that leave while requests are under way. Two LANs, and stores whose requests are
 * done when the test says so, stand in for the real ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/serve/engine/engine.h"

enum { QUEUE = 16, SECTORS = 2048 };

struct stage;

struct stage_lan {
	struct lan lan; /* the first member */
	struct stage *stage;
	char letter; /* in the history */
	uint8_t queue[QUEUE][1024];
	size_t lengths[QUEUE], queued, taken;
};

struct stage_store {
	struct store store; /* the first member */
	struct stage *stage;
};

/* What happened, as words: "r" read started, "a17" answer to tag 17 on LAN a, "x" store closed...
 */
struct stage {
	char history[4096];
	struct stage_lan lans[2];
	struct store_request *started[QUEUE];
	size_t started_count;
	struct exports exports;
	struct engine *engine;
	unsigned int closed;
};

static const struct aoe_address first = {1, 1}, second = {1, 2};
static const struct mac target_address = {{2, 0, 0, 0, 0, 0xaa}};
static const struct mac initiator = {{2, 0, 0, 0, 0, 1}};

__attribute__((format(printf, 2, 3))) static void note(struct stage *stage, const char *format, ...)
{
	size_t used = strlen(stage->history);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(stage->history + used, sizeof(stage->history) - used, format, arguments);
	va_end(arguments);
}

static void expect(struct stage *stage, const char *history)
{
	assert_string_equal(stage->history, history);
	stage->history[0] = '\0';
}

/* ---- LANs ---- */

static size_t lan_receive_queued(struct lan *lan, struct lan_frame *frames, size_t count)
{
	struct stage_lan *own = (struct stage_lan *)(void *)lan;
	size_t n = 0;

	for (; n < count && own->taken < own->queued; n++, own->taken++) {
		memcpy(frames[n].data, own->queue[own->taken], own->lengths[own->taken]);
		frames[n].length = own->lengths[own->taken];
		frames[n].received = 0;
		frames[n].peer = 1;
	}
	return n;
}

static void lan_note(struct lan *lan, const struct lan_frame *frames, size_t count)
{
	struct stage_lan *own = (struct stage_lan *)(void *)lan;

	for (size_t i = 0; i < count; i++) {
		struct aoe_header header;

		assert_int_equal(aoe_header_parse(frames[i].data, frames[i].length, &header), 0);
		if (mac_equal(header.destination, mac_broadcast))
			note(own->stage, "%c! ", own->letter);
		else
			note(own->stage, "%c%u ", own->letter, header.tag);
	}
}

static const struct lan_operations lan_operations = {.receive = lan_receive_queued,
                                                     .send = lan_note};

/* ---- stores ---- */

static void store_start_later(struct store *store, struct store_request *request)
{
	static const char letters[] = {'r', 'w', 's', 'm'};
	struct stage *stage = ((struct stage_store *)(void *)store)->stage;

	note(stage, "%c ", letters[request->operation]);
	assert_true(stage->started_count < QUEUE);
	stage->started[stage->started_count++] = request;
}

static void store_note_close(struct store *store)
{
	struct stage_store *own = (struct stage_store *)(void *)store;

	note(own->stage, "x ");
	free(own);
}

static const struct store_operations store_operations = {.start = store_start_later,
                                                         .close = store_note_close};

static void finish_oldest(struct stage *stage, int error)
{
	struct store_request *request = stage->started[0];

	assert_true(stage->started_count > 0);
	stage->started_count--;
	memmove(stage->started, stage->started + 1,
	        stage->started_count * sizeof(struct store_request *));
	request->error = error;
	request->done(request);
}

/* ---- the stage ---- */

static void print(void *owner, enum say_priority priority, const char *text)
{
	(void)owner;
	(void)priority;
	print_message("# %s\n", text);
}

static const struct say messages = {.print = print};

static struct export *make_export(struct stage *stage, struct aoe_address address, uint64_t inode,
                                  bool writeback)
{
	struct export *export = calloc(1, sizeof(*export));
	struct stage_store *store = calloc(1, sizeof(*store));

	assert_true(export && store);
	store->stage = stage;
	store->store =
	        (struct store){.operations = &store_operations, .size = SECTORS * AOE_SECTOR};
	export->store = &store->store;
	export->facts.inode = inode;
	export->file_block = AOE_SECTOR;
	export->options.file.path = strdup("/srv/disk");
	export->options.writeback = writeback;
	export->view = (struct protocol_export){.address = address, .sectors = SECTORS};
	return export;
}

static void count_closed(void *owner)
{
	struct stage *stage = owner;

	stage->closed++;
}

static void count_quiet(void *owner)
{
	++*(unsigned int *)owner;
}

static int setup(void **state)
{
	struct stage *stage = calloc(1, sizeof(*stage));

	if (!stage)
		return -1;
	*state = stage;
	for (int i = 0; i < 2; i++) {
		stage->lans[i].stage = stage;
		stage->lans[i].letter = (char)('a' + i);
		stage->lans[i].lan = (struct lan){.operations = &lan_operations,
		                                  .name = "stage",
		                                  .fd = -1,
		                                  .mac = target_address,
		                                  .mtu = 1500,
		                                  .buffers = 8};
	}
	assert_int_equal(exports_reserve(&stage->exports, 4), 0);
	exports_add(&stage->exports, make_export(stage, first, 1, false));
	if (engine_create(&messages, &stage->exports, NULL, &stage->engine) ||
	    engine_add_lan(stage->engine, &stage->lans[0].lan, 0) ||
	    engine_add_lan(stage->engine, &stage->lans[1].lan, 0))
		return -1;
	engine_on_closed(stage->engine, count_closed, stage);
	return 0;
}

static int teardown(void **state)
{
	struct stage *stage = *state;

	engine_free(stage->engine);
	exports_close(&stage->exports);
	free(stage);
	return 0;
}

/* A request of one sector arrives on LAN a or b. */
static void arrives(struct stage *stage, char lan, struct aoe_address address, uint32_t tag,
                    enum ata_command command, uint64_t lba)
{
	struct stage_lan *own = &stage->lans[lan - 'a'];
	bool write = command == ATA_WRITE_EXT;
	const struct aoe_header header = {.destination = target_address,
	                                  .source = initiator,
	                                  .version = AOE_VERSION,
	                                  .address = address,
	                                  .command = AOE_ATA,
	                                  .tag = tag};
	const struct aoe_ata ata = {.count = 1,
	                            .command = (uint8_t)command,
	                            .lba = lba,
	                            .flags =
	                                    (uint8_t)(AOE_ATA_LBA48 | (write ? AOE_ATA_WRITE : 0))};
	uint8_t *frame = own->queue[own->queued];

	memset(frame, (int)tag, sizeof(own->queue[0]));
	aoe_header_make(frame, &header);
	own->lengths[own->queued++] =
	        aoe_pad(frame, aoe_ata_make(frame, &ata) + (write ? AOE_SECTOR : 0));
}

/* ---- exports ---- */

static void what_is_under_way_is_answered(void **state)
{
	struct stage *stage = *state;

	arrives(stage, 'a', first, 1, ATA_READ_EXT, 5);
	arrives(stage, 'a', first, 2, ATA_WRITE_EXT, 6);
	engine_work(stage->engine);
	expect(stage, "r w ");
	engine_retire_export(stage->engine, stage->exports.list[0]);
	assert_int_equal(stage->exports.count, 0);
	/* No request for it begins any more. */
	arrives(stage, 'a', first, 3, ATA_READ_EXT, 7);
	engine_work(stage->engine);
	expect(stage, "");
	finish_oldest(stage, 0);
	engine_work(stage->engine);
	expect(stage, "a1 ");
	finish_oldest(stage, 0);
	engine_work(stage->engine);
	expect(stage, "s ");
	assert_int_equal(stage->closed, 0);
	finish_oldest(stage, 0);
	engine_work(stage->engine);
	expect(stage, "a2 x ");
	assert_int_equal(stage->closed, 1);
	assert_null(stage->exports.retired);
}

static void one_with_nothing_under_way_is_closed_at_once(void **state)
{
	struct stage *stage = *state;

	engine_retire_export(stage->engine, stage->exports.list[0]);
	engine_work(stage->engine);
	expect(stage, "x ");
	assert_int_equal(stage->closed, 1);
}

/* What was acknowledged from memory is made stable first. */
static void writeback_is_synced_at_the_end(void **state)
{
	struct stage *stage = *state;

	engine_add_export(stage->engine, make_export(stage, second, 2, true));
	arrives(stage, 'b', second, 1, ATA_WRITE_EXT, 5);
	engine_work(stage->engine);
	stage->history[0] = '\0';
	finish_oldest(stage, 0);
	engine_work(stage->engine);
	expect(stage, "b1 ");
	engine_retire_export(stage->engine, stage->exports.list[1]);
	engine_work(stage->engine);
	expect(stage, "s ");
	finish_oldest(stage, -5);
	engine_work(stage->engine);
	expect(stage, "x ");
}

/* Another server may have it next: what was acknowledged from memory is to be on the disk. */
static void writeback_is_synced_when_it_is_withdrawn(void **state)
{
	struct stage *stage = *state;
	unsigned int quiet = 0;

	engine_on_quiet(stage->engine, count_quiet, &quiet);
	engine_add_export(stage->engine, make_export(stage, second, 2, true));
	arrives(stage, 'b', second, 1, ATA_WRITE_EXT, 5);
	engine_work(stage->engine);
	stage->history[0] = '\0';
	assert_int_equal(engine_withdraw(stage->engine, stage->exports.list[1]), 0);
	engine_work(stage->engine);
	/* What was begun comes first. */
	expect(stage, "");
	finish_oldest(stage, 0);
	engine_work(stage->engine);
	expect(stage, "b1 s ");
	assert_int_equal(quiet, 0);
	finish_oldest(stage, 0);
	engine_work(stage->engine);
	assert_int_equal(quiet, 1);
	assert_false(stage->exports.list[1]->lost);
	/* Whatever was written since: it is withdrawn again. */
	assert_int_equal(engine_withdraw(stage->engine, stage->exports.list[1]), 0);
	engine_work(stage->engine);
	expect(stage, "s ");
	finish_oldest(stage, -5);
	engine_work(stage->engine);
	assert_int_equal(quiet, 2);
	assert_true(stage->exports.list[1]->lost);
	/* One whose writes are stable has nothing to do. */
	assert_int_equal(engine_withdraw(stage->engine, stage->exports.list[0]), 0);
	engine_work(stage->engine);
	expect(stage, "");
}

/* The same file under the old and the new export: a write of the old one is not overtaken. */
static void a_successor_waits_for_overlapping_requests(void **state)
{
	struct stage *stage = *state;

	arrives(stage, 'a', first, 1, ATA_WRITE_EXT, 5);
	engine_work(stage->engine);
	expect(stage, "w ");
	engine_retire_export(stage->engine, stage->exports.list[0]);
	engine_add_export(stage->engine, make_export(stage, first, 1, false));
	arrives(stage, 'a', first, 2, ATA_READ_EXT, 5);
	arrives(stage, 'a', first, 3, ATA_READ_EXT, 6);
	engine_work(stage->engine);
	/* Announced on both; only the read of another sector began. */
	assert_non_null(strstr(stage->history, "a! "));
	assert_non_null(strstr(stage->history, "b! "));
	assert_int_equal(stage->started_count, 2);
	stage->history[0] = '\0';
	finish_oldest(stage, 0);
	engine_work(stage->engine);
	assert_int_equal(stage->started_count, 3);
}

static void others_do_not_notice(void **state)
{
	struct stage *stage = *state;

	engine_add_export(stage->engine, make_export(stage, second, 2, false));
	engine_work(stage->engine);
	stage->history[0] = '\0';
	arrives(stage, 'a', second, 1, ATA_READ_EXT, 5);
	engine_work(stage->engine);
	engine_retire_export(stage->engine, stage->exports.list[0]);
	arrives(stage, 'a', second, 2, ATA_READ_EXT, 6);
	engine_work(stage->engine);
	expect(stage, "r r x ");
	finish_oldest(stage, 0);
	finish_oldest(stage, 0);
	engine_work(stage->engine);
	expect(stage, "a1 a2 ");
}

/* ---- LANs ---- */

/* Whoever asked from there gets no answer, and what was joined from the other LAN does. */
static void a_lan_leaves_while_requests_are_under_way(void **state)
{
	struct stage *stage = *state;

	arrives(stage, 'a', first, 1, ATA_READ_EXT, 5);
	arrives(stage, 'b', first, 2, ATA_READ_EXT, 6);
	arrives(stage, 'a', first, 3, ATA_READ_EXT, 7);
	engine_work(stage->engine);
	/* The same again, from the LAN that stays. */
	arrives(stage, 'b', first, 4, ATA_READ_EXT, 7);
	engine_work(stage->engine);
	expect(stage, "r r r ");
	engine_remove_lan(stage->engine, &stage->lans[0].lan);
	for (int i = 0; i < 3; i++)
		finish_oldest(stage, 0);
	engine_work(stage->engine);
	expect(stage, "b2 b4 ");
	/* It may come back. */
	assert_int_equal(engine_add_lan(stage->engine, &stage->lans[0].lan, 0), 0);
	arrives(stage, 'a', first, 5, ATA_READ_EXT, 5);
	engine_work(stage->engine);
	finish_oldest(stage, 0);
	engine_work(stage->engine);
	expect(stage, "r a5 ");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(what_is_under_way_is_answered),
	        TEST(one_with_nothing_under_way_is_closed_at_once),
	        TEST(writeback_is_synced_at_the_end),
	        TEST(writeback_is_synced_when_it_is_withdrawn),
	        TEST(a_successor_waits_for_overlapping_requests),
	        TEST(others_do_not_notice),
	        TEST(a_lan_leaves_while_requests_are_under_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
