/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Verified data: stamps that prove themselves, the ledger that judges them, the journal on disk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/bench/journal.h"
#include "tools/bench/ledger.h"
#include "tools/bench/stamp.h"

enum { BLOCKS = 16, BLOCK_SECTORS = 8, RUN = 77 };

static const struct aoe_address here = {3, 1};

/* ---- stamps ---- */

static void a_stamp_is_read_back(void **state)
{
	const struct stamp stamp = {UINT64_MAX - 5, 0xffffffffffff, {65534, 254}, UINT32_MAX};
	struct stamp read;
	uint8_t sector[AOE_SECTOR];

	(void)state;
	stamp_write(&stamp, sector);
	assert_int_equal(stamp_read(sector, &read), STAMP_GOOD);
	assert_int_equal(read.run, stamp.run);
	assert_int_equal(read.lba, stamp.lba);
	assert_int_equal(aoe_address_compare(read.address, stamp.address), 0);
	assert_int_equal(read.generation, stamp.generation);
}

static void every_bit_counts(void **state)
{
	const struct stamp stamp = {RUN, 5, {1, 2}, 3};
	uint8_t sector[AOE_SECTOR];

	(void)state;
	stamp_write(&stamp, sector);
	for (size_t bit = 0; bit < 8 * AOE_SECTOR; bit++) {
		struct stamp read;

		sector[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_not_equal(stamp_read(sector, &read), STAMP_GOOD);
		sector[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

static void other_bytes_are_no_stamp(void **state)
{
	uint8_t sector[AOE_SECTOR];
	struct stamp read;

	(void)state;
	memset(sector, 0, sizeof(sector));
	assert_int_equal(stamp_read(sector, &read), STAMP_NONE);
	memset(sector, 0xff, sizeof(sector));
	assert_int_equal(stamp_read(sector, &read), STAMP_NONE);
}

/* ---- the ledger ---- */

static int setup(void **state)
{
	struct ledger *ledger = calloc(1, sizeof(*ledger));

	*state = ledger;
	return ledger ? ledger_init(ledger, RUN, here, BLOCKS, BLOCK_SECTORS) : -1;
}

static int teardown(void **state)
{
	ledger_release(*state);
	free(*state);
	return 0;
}

/* What the ledger says of a sector that holds this stamp, read when `floor` was acknowledged. */
static enum ledger_verdict judge(const struct ledger *ledger, uint64_t lba, uint32_t floor,
                                 uint64_t run, uint64_t stamped_lba, uint32_t generation)
{
	const struct stamp stamp = {run, stamped_lba, here, generation};
	uint8_t sector[AOE_SECTOR];
	uint32_t found;

	stamp_write(&stamp, sector);
	return ledger_judge(ledger, lba, floor, sector, &found);
}

/* Writes a block so often, all but the last `open` of them acknowledged. */
static void write_block(struct ledger *ledger, uint64_t block, int times, int open)
{
	for (int i = 0; i < times; i++) {
		ledger_begin(ledger, block);
		ledger_end(ledger, block, i < times - open);
	}
}

static void what_was_acknowledged_or_sent_later_is_good(void **state)
{
	struct ledger *ledger = *state;

	write_block(ledger, 1, 5, 2); /* 3 acknowledged, 5 sent */
	assert_int_equal(ledger->entries[1].acknowledged, 3);
	for (uint32_t generation = 3; generation <= 5; generation++)
		assert_int_equal(judge(ledger, 8, 3, RUN, 8, generation), LEDGER_GOOD);
	assert_int_equal(judge(ledger, 8, 3, RUN, 8, 2), LEDGER_LOST);
	assert_int_equal(judge(ledger, 8, 3, RUN, 8, 6), LEDGER_UNSENT);
}

static void what_an_earlier_run_left_is_older(void **state)
{
	struct ledger *ledger = *state;

	write_block(ledger, 1, 1, 0);
	assert_int_equal(judge(ledger, 8, 1, RUN + 1, 8, 9), LEDGER_LOST);
	/* Where this run has written nothing, or nothing that was acknowledged, it may stay. */
	assert_int_equal(judge(ledger, 16, 0, RUN + 1, 16, 9), LEDGER_GOOD);
}

static void foreign_bytes_are_lost_data_or_unknown(void **state)
{
	uint8_t sector[AOE_SECTOR] = {0};
	uint32_t found;

	write_block(*state, 1, 1, 0);
	assert_int_equal(ledger_judge(*state, 8, 1, sector, &found), LEDGER_LOST);
	assert_int_equal(ledger_judge(*state, 16, 0, sector, &found), LEDGER_UNKNOWN);
}

static void another_place_is_seen(void **state)
{
	const struct stamp elsewhere = {RUN, 8, {3, 2}, 1};
	uint8_t sector[AOE_SECTOR];
	uint32_t found;

	write_block(*state, 1, 1, 0);
	assert_int_equal(judge(*state, 8, 1, RUN, 9, 1), LEDGER_MISPLACED);
	stamp_write(&elsewhere, sector);
	assert_int_equal(ledger_judge(*state, 8, 1, sector, &found), LEDGER_MISPLACED);
}

static void a_damaged_sector_is_seen(void **state)
{
	const struct stamp stamp = {RUN, 8, here, 1};
	uint8_t sector[AOE_SECTOR];
	uint32_t found;

	write_block(*state, 1, 1, 0);
	stamp_write(&stamp, sector);
	sector[300] ^= 1;
	assert_int_equal(ledger_judge(*state, 8, 1, sector, &found), LEDGER_DAMAGED);
}

static void a_block_has_one_write_at_a_time(void **state)
{
	struct ledger *ledger = *state;

	assert_false(ledger_busy(ledger, 2));
	assert_int_equal(ledger_begin(ledger, 2), 1);
	assert_true(ledger_busy(ledger, 2));
	assert_false(ledger_busy(ledger, 3));
	ledger_end(ledger, 2, true);
	assert_false(ledger_busy(ledger, 2));
	assert_int_equal(ledger_begin(ledger, 2), 2);
	ledger_end(ledger, 2, false);
	assert_int_equal(ledger->entries[2].acknowledged, 1);
	assert_int_equal(ledger_acknowledged(ledger), 1);
}

/* ---- the journal ---- */

static int make_targets(struct bench_targets *targets)
{
	targets->count = 2;
	targets->list = calloc(2, sizeof(*targets->list));
	assert_non_null(targets->list);
	for (uint8_t i = 0; i < 2; i++) {
		const struct aoe_address address = {3, i};

		targets->list[i].address = address;
		assert_int_equal(
		        ledger_init(&targets->list[i].ledger, RUN, address, BLOCKS, BLOCK_SECTORS),
		        0);
	}
	return 0;
}

static void a_journal_is_read_back(void **state)
{
	struct bench_targets written, read;
	struct buffer text = {0};
	struct why why;
	uint64_t run = 0;

	(void)state;
	make_targets(&written);
	make_targets(&read);
	write_block(&written.list[0].ledger, 0, 5, 2);
	write_block(&written.list[1].ledger, BLOCKS - 1, 1, 1);
	assert_int_equal(journal_print(&written, 0xfedcba9876543210, 4096, &text), 0);
	assert_int_equal(journal_parse((char *)text.data, text.size, &read, 4096, &run, &why), 0);
	assert_true(run == 0xfedcba9876543210);
	assert_true(read.list[1].ledger.run == run);
	for (size_t i = 0; i < 2; i++)
		assert_memory_equal(read.list[i].ledger.entries, written.list[i].ledger.entries,
		                    BLOCKS * sizeof(struct ledger_entry));
	buffer_free(&text);
	bench_targets_release(&written);
	bench_targets_release(&read);
}

static void a_wrong_journal_is_refused(void **state)
{
	static const struct {
		const char *text, *reason;
	} cases[] = {
	        {"", "line 0: it is empty"},
	        {"hello\n", "line 1: this is no journal"},
	        {"etherroot-bench-journal 2 a 4096\n", "line 1: this is no journal"},
	        {"etherroot-bench-journal 1 a 4096", "line 1: this is no journal"},
	        {"etherroot-bench-journal 1 a 4096x\n", "line 1: this is no journal"},
	        {"etherroot-bench-journal 1 a 512\n",
	         "line 1: it was written with another --block"},
	        {"etherroot-bench-journal 1 a 4096\n0 1 1\n", "line 2: not a block"},
	        {"etherroot-bench-journal 1 a 4096\ntarget e9.0 16\n",
	         "line 2: this target is not loaded now"},
	        {"etherroot-bench-journal 1 a 4096\ntarget e3.0 17\n",
	         "line 2: the target had another size"},
	        {"etherroot-bench-journal 1 a 4096\ntarget e3.0\n", "line 2: not a target"},
	        {"etherroot-bench-journal 1 a 4096\ntarget e3.0 16\n16 1 1\n",
	         "line 3: not a block"},
	        {"etherroot-bench-journal 1 a 4096\ntarget e3.0 16\n-1 1 1\n",
	         "line 3: not a block"},
	        {"etherroot-bench-journal 1 a 4096\ntarget e3.0 16\n1 2 1\n",
	         "line 3: not a block"},
	        {"etherroot-bench-journal 1 a 4096\ntarget e3.0 16\n1 1 2147483648\n",
	         "line 3: not a block"},
	        {"etherroot-bench-journal 1 a 4096\ntarget e3.0 16\n1 1 1 1\n",
	         "line 3: not a block"},
	        {"etherroot-bench-journal 1 a 4096\n"
	         "0000000000000000000000000000000000000000000000000000000000000000000000000000000 "
	         "1 1\n",
	         "line 2: this is no journal of etherroot bench, or it was cut"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bench_targets targets;
		struct why why;
		uint64_t run;

		make_targets(&targets);
		assert_int_equal(journal_parse(cases[i].text, strlen(cases[i].text), &targets, 4096,
		                               &run, &why),
		                 -EINVAL);
		if (strncmp(why.text, cases[i].reason, strlen(cases[i].reason)))
			fail_msg("case %zu: %s", i, why.text);
		bench_targets_release(&targets);
	}
}

#define WITH_LEDGER(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_stamp_is_read_back),
	        cmocka_unit_test(every_bit_counts),
	        cmocka_unit_test(other_bytes_are_no_stamp),
	        WITH_LEDGER(what_was_acknowledged_or_sent_later_is_good),
	        WITH_LEDGER(what_an_earlier_run_left_is_older),
	        WITH_LEDGER(foreign_bytes_are_lost_data_or_unknown),
	        WITH_LEDGER(another_place_is_seen),
	        WITH_LEDGER(a_damaged_sector_is_seen),
	        WITH_LEDGER(a_block_has_one_write_at_a_time),
	        cmocka_unit_test(a_journal_is_read_back),
	        cmocka_unit_test(a_wrong_journal_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
