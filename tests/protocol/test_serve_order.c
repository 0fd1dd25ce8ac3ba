/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What waits for what, and what is superseded: by hand, and against a model by chance. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "tools/serve/engine/order.h"

enum { ENTRIES = 4000, STEPS = 20000 };

/* One request of a test, and whether it may be done. */
struct request {
	struct order_entry entry;
	bool admitted, started, done;
	unsigned int number; /* in the order of admission */
};

static struct order *order;
static struct request *all;
static unsigned int admitted;

static struct request *request_of(struct order_entry *entry)
{
	return (struct request *)(void *)entry;
}

static void start(struct order_entry *entry)
{
	assert_false(request_of(entry)->started);
	request_of(entry)->started = true;
}

static int setup(void **state)
{
	(void)state;
	order = malloc(sizeof(*order));
	all = calloc(ENTRIES, sizeof(*all));
	admitted = 0;
	if (!order || !all)
		return -1;
	order_init(order, start);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(all);
	free(order);
	return 0;
}

static enum order_verdict admit(struct request *request, uint64_t file, uint64_t start_byte,
                                uint64_t length, bool write, uint64_t arrival)
{
	enum order_verdict verdict;

	*request = (struct request){.entry = {.file = file,
	                                      .start = start_byte,
	                                      .end = start_byte + length,
	                                      .write = write},
	                            .number = admitted++};
	verdict = order_admit(order, &request->entry, arrival);
	request->admitted = verdict != ORDER_SUPERSEDED;
	request->started = verdict == ORDER_START;
	return verdict;
}

static void finish(struct request *request)
{
	assert_true(request->started);
	request->done = true;
	order_release(order, &request->entry);
	order_remove(order, &request->entry);
}

static void overlapping_writes_wait_in_their_order(void **state)
{
	(void)state;
	assert_int_equal(admit(&all[0], 1, 0, 512, true, 1), ORDER_START);
	assert_int_equal(admit(&all[1], 1, 0, 512, true, 2), ORDER_WAIT);
	assert_int_equal(admit(&all[2], 1, 0, 512, true, 3), ORDER_WAIT);
	finish(&all[0]);
	assert_true(all[1].started);
	assert_false(all[2].started);
	finish(&all[1]);
	assert_true(all[2].started);
}

static void reads_wait_for_writes_and_not_for_reads(void **state)
{
	(void)state;
	assert_int_equal(admit(&all[0], 1, 0, 1024, false, 1), ORDER_START);
	assert_int_equal(admit(&all[1], 1, 512, 1024, false, 2), ORDER_START);
	assert_int_equal(admit(&all[2], 1, 512, 512, true, 3), ORDER_WAIT);
	assert_int_equal(admit(&all[3], 1, 0, 1024, false, 4), ORDER_WAIT);
	assert_int_equal(admit(&all[4], 1, 0, 512, false, 5), ORDER_START);
	finish(&all[0]);
	assert_false(all[2].started);
	finish(&all[1]);
	assert_true(all[2].started);
	assert_false(all[3].started);
	finish(&all[2]);
	assert_true(all[3].started);
}

static void what_does_not_overlap_does_not_wait(void **state)
{
	(void)state;
	assert_int_equal(admit(&all[0], 1, 512, 512, true, 1), ORDER_START);
	assert_int_equal(admit(&all[1], 1, 0, 512, true, 2), ORDER_START);
	assert_int_equal(admit(&all[2], 1, 1024, 512, true, 3), ORDER_START);
	assert_int_equal(admit(&all[3], 2, 512, 512, true, 4), ORDER_START);
}

/* Far more files than there are lists: many of them are in the list of the first one. */
static void files_do_not_wait_for_each_other(void **state)
{
	(void)state;
	assert_int_equal(admit(&all[0], 0, 0, 512, true, 1), ORDER_START);
	for (uint64_t file = 1; file < 16 * ORDER_SLOTS; file++) {
		assert_int_equal(admit(&all[1], file, 0, 512, true, 1), ORDER_START);
		finish(&all[1]);
	}
}

/* A write that is done, and has yet to become stable. */
static void what_is_done_is_waited_for_no_more(void **state)
{
	(void)state;
	assert_int_equal(admit(&all[0], 1, 0, 512, true, 1), ORDER_START);
	order_release(order, &all[0].entry);
	assert_int_equal(admit(&all[1], 1, 0, 512, true, 2), ORDER_START);
	assert_int_equal(admit(&all[2], 1, 0, 512, false, 3), ORDER_WAIT);
	order_release(order, &all[1].entry);
	assert_true(all[2].started);
}

/* Across the border between two pieces of the hash, in both of which both lie. */
static void borders_are_no_gaps(void **state)
{
	const uint64_t border = ORDER_LENGTH_MAX;

	(void)state;
	assert_int_equal(admit(&all[0], 1, border - 4096, 8192, true, 1), ORDER_START);
	assert_int_equal(admit(&all[1], 1, border - 512, 1024, true, 2), ORDER_WAIT);
	assert_int_equal(admit(&all[2], 1, border, 512, true, 3), ORDER_WAIT);
	assert_int_equal(admit(&all[3], 1, border - 512, 512, false, 4), ORDER_WAIT);
	finish(&all[0]);
	assert_true(all[1].started);
	assert_false(all[2].started);
	finish(&all[1]);
	assert_true(all[2].started);
	assert_true(all[3].started);
}

static void an_older_write_is_superseded(void **state)
{
	(void)state;
	assert_int_equal(admit(&all[0], 1, 4096, 4096, true, 10), ORDER_START);
	assert_int_equal(admit(&all[1], 1, 0, 8192, true, 9), ORDER_SUPERSEDED);
	finish(&all[0]);
	/* Also when the newer one is done and gone. */
	assert_int_equal(admit(&all[2], 1, 4096, 512, true, 9), ORDER_SUPERSEDED);
	/* Its repetition arrives later. */
	assert_int_equal(admit(&all[3], 1, 4096, 512, true, 11), ORDER_START);
	/* An older read is answered with the newer data. */
	assert_int_equal(admit(&all[4], 1, 4096, 512, false, 9), ORDER_WAIT);
	/* Elsewhere nothing has happened. */
	assert_int_equal(admit(&all[5], 1, 0, 512, true, 9), ORDER_START);
	order_forget_times(order);
	assert_int_equal(admit(&all[6], 1, 4096, 512, true, 9), ORDER_WAIT);
}

/* One file system's block in small frames, which two LANs brought. */
static void parts_of_a_block_do_not_supersede_each_other(void **state)
{
	(void)state;
	assert_int_equal(admit(&all[0], 1, 4096, 1024, true, 12), ORDER_START);
	assert_int_equal(admit(&all[1], 1, 6144, 1024, true, 10), ORDER_START);
	assert_int_equal(admit(&all[2], 1, 5120, 1024, true, 11), ORDER_START);
	assert_int_equal(admit(&all[3], 1, 5632, 512, true, 9), ORDER_SUPERSEDED);
}

static void what_never_arrived_has_no_age(void **state)
{
	(void)state;
	assert_int_equal(admit(&all[0], 1, 512, 512, true, 10), ORDER_START);
	assert_int_equal(admit(&all[1], 1, 512, 512, true, ORDER_NEVER_ARRIVED), ORDER_WAIT);
	assert_int_equal(admit(&all[2], 1, 512, 512, true, 9), ORDER_SUPERSEDED);
	assert_int_equal(admit(&all[3], 1, 512, 512, true, 10), ORDER_WAIT);
	finish(&all[0]);
	assert_true(all[1].started);
	assert_false(all[3].started);
}

static bool any(const struct order_entry *entry, const void *what)
{
	(void)entry;
	(void)what;
	return true;
}

static bool is_not(const struct order_entry *entry, const void *what)
{
	return entry != what;
}

static void the_same_request_is_found(void **state)
{
	struct order_entry like = {.file = 1, .start = 512, .end = 1024, .write = true};

	(void)state;
	admit(&all[0], 1, 512, 512, true, 1);
	admit(&all[1], 1, 512, 512, true, 2);
	assert_ptr_equal(order_find(order, &like, any, NULL), &all[0]);
	assert_ptr_equal(order_find(order, &like, is_not, &all[0]), &all[1]);
	/* Also when it is done and only waits to be stable. */
	all[0].done = true;
	order_release(order, &all[0].entry);
	assert_ptr_equal(order_find(order, &like, any, NULL), &all[0]);
	order_remove(order, &all[0].entry);
	assert_ptr_equal(order_find(order, &like, any, NULL), &all[1]);
	like.write = false;
	assert_null(order_find(order, &like, any, NULL));
	like = (struct order_entry){.file = 1, .start = 512, .end = 1536, .write = true};
	assert_null(order_find(order, &like, any, NULL));
	like = (struct order_entry){.file = 2, .start = 512, .end = 1024, .write = true};
	assert_null(order_find(order, &like, any, NULL));
}

static bool must_wait_for(const struct request *later, const struct request *earlier)
{
	const struct order_entry *a = &later->entry, *b = &earlier->entry;

	return earlier->admitted && !earlier->done && earlier->number < later->number &&
	       a->file == b->file && (a->write || b->write) && a->start < b->end &&
	       b->start < a->end;
}

/* All that are not done are where the model says they are. */
static void check_all(unsigned int first, unsigned int end)
{
	for (unsigned int i = first; i < end; i++) {
		bool free = true;

		for (unsigned int j = first; j < i; j++)
			free &= !must_wait_for(&all[i], &all[j]);
		if (all[i].admitted && !all[i].done)
			assert_int_equal(all[i].started, free);
	}
}

static void chance_agrees_with_the_model(void **state)
{
	unsigned int first = 0, end = 0;

	(void)state;
	srand(6);
	for (int step = 0; step < STEPS; step++) {
		if (end < ENTRIES && end - first < 40 && rand() % 2) {
			/* Around a border, so that many lie in two pieces. */
			uint64_t at = ORDER_LENGTH_MAX - 16384 + (uint64_t)(rand() % 64) * 512;

			admit(&all[end], (uint64_t)(rand() % 2), at,
			      (uint64_t)(1 + rand() % 16) * 512, rand() % 2, end + 1);
			end++;
		} else if (first < end) {
			unsigned int i = first + (unsigned int)rand() % (end - first);

			if (all[i].started && !all[i].done)
				finish(&all[i]);
			while (first < end && all[first].done)
				first++;
		}
		check_all(first, end);
	}
	assert_true(end > ENTRIES / 2);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(overlapping_writes_wait_in_their_order),
	        TEST(reads_wait_for_writes_and_not_for_reads),
	        TEST(what_does_not_overlap_does_not_wait),
	        TEST(files_do_not_wait_for_each_other),
	        TEST(what_is_done_is_waited_for_no_more),
	        TEST(borders_are_no_gaps),
	        TEST(an_older_write_is_superseded),
	        TEST(parts_of_a_block_do_not_supersede_each_other),
	        TEST(what_never_arrived_has_no_age),
	        TEST(the_same_request_is_found),
	        TEST(chance_agrees_with_the_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
