/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the load generator loads: patterns, windows and timeouts, requests by their tags. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "tools/bench/flight.h"
#include "tools/bench/pattern.h"
#include "tools/bench/session.h"
#include "tools/bench/window.h"

#define MILLISECOND UINT64_C(1000000)

/* ---- patterns ---- */

static void patterns_are_read(void **state)
{
	static const struct {
		const char *text;
		int result;
		bool random;
		unsigned int writes;
	} cases[] = {
	        {"randread", 0, true, 0},      {"randwrite", 0, true, 100},
	        {"read", 0, false, 0},         {"write", 0, false, 100},
	        {"mix=0", 0, true, 100},       {"mix=100", 0, true, 0},
	        {"mix=70", 0, true, 30},       {"mix", -EINVAL, false, 0},
	        {"mix=", -EINVAL, false, 0},   {"mix=101", -EINVAL, false, 0},
	        {"mix=-1", -EINVAL, false, 0}, {"mix=7x", -EINVAL, false, 0},
	        {"reads", -EINVAL, false, 0},  {"", -EINVAL, false, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pattern pattern = {0};

		if (pattern_parse(cases[i].text, &pattern) != cases[i].result)
			fail_msg("%s", cases[i].text);
		assert_int_equal(pattern.random, cases[i].random);
		assert_int_equal(pattern.writes, cases[i].writes);
	}
}

static void in_order_each_block_comes_once(void **state)
{
	const struct pattern pattern = {false, 0};
	struct pattern_place place = {.next = 3};

	(void)state;
	for (uint64_t i = 0; i < 10; i++)
		assert_int_equal(pattern_block(&pattern, &place, 5), (3 + i) % 5);
}

static void at_random_all_blocks_come_equally(void **state)
{
	const struct pattern pattern = {true, 30};
	struct pattern_place place = {.random = 1};
	unsigned int counts[10] = {0}, writes = 0;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		writes += pattern_is_write(&pattern, &place);
		counts[pattern_block(&pattern, &place, 10)]++;
	}
	for (size_t i = 0; i < 10; i++)
		assert_in_range(counts[i], 9500, 10500);
	assert_in_range(writes, 29000, 31000);
}

static void a_seed_gives_the_same_again(void **state)
{
	uint64_t a = 42, b = 42, c = 43, same = 0;

	(void)state;
	for (int i = 0; i < 100; i++) {
		uint64_t number = pattern_random(&a);

		assert_true(number == pattern_random(&b));
		same += number == pattern_random(&c);
	}
	assert_int_equal(same, 0);
}

/* ---- windows ---- */

static void the_timeout_follows_the_round_trips(void **state)
{
	struct window window;

	(void)state;
	window_init(&window, 32, false);
	assert_int_equal(window_timeout(&window), WINDOW_TIMEOUT_FIRST);
	for (int i = 0; i < 100; i++)
		window_answered(&window, MILLISECOND / 10);
	assert_int_equal(window_timeout(&window), WINDOW_TIMEOUT_MIN);
	for (int i = 0; i < 200; i++)
		window_answered(&window, 500 * MILLISECOND);
	assert_in_range(window_timeout(&window), 900 * MILLISECOND, 1200 * MILLISECOND);
}

static void silence_doubles_it_up_to_the_longest(void **state)
{
	struct window window;
	uint64_t now = MILLISECOND, before;

	(void)state;
	window_init(&window, 32, false);
	window_answered(&window, 200 * MILLISECOND);
	before = window_timeout(&window);
	window_lost(&window, now, now + before);
	assert_int_equal(window_timeout(&window), 2 * before);
	/* Others of the same moment say the same once more. */
	window_lost(&window, now, now + before);
	assert_int_equal(window_timeout(&window), 2 * before);
	for (int i = 0; i < 40; i++) {
		now += 20 * WINDOW_TIMEOUT_MAX;
		window_lost(&window, now, now + 1);
	}
	assert_int_equal(window_timeout(&window), WINDOW_TIMEOUT_MAX);
	window_answered(&window, 0);
	assert_int_equal(window_timeout(&window), before);
}

static void a_loss_halves_the_window_and_answers_open_it(void **state)
{
	struct window window;

	(void)state;
	window_init(&window, 32, false);
	assert_int_equal(window.limit, 32);
	window_lost(&window, 10, 20);
	assert_int_equal(window.limit, 16);
	window_lost(&window, 15, 30);
	assert_int_equal(window.limit, 16);
	window_lost(&window, 25, 40);
	assert_int_equal(window.limit, 8);
	for (uint64_t i = 1; i < 20; i++)
		window_lost(&window, 100 * i, 100 * i + 50);
	assert_int_equal(window.limit, 1);
	for (int i = 0; i < 32 * 32; i++)
		window_answered(&window, MILLISECOND);
	assert_int_equal(window.limit, 32);
}

static void a_fixed_window_stays(void **state)
{
	struct window window;

	(void)state;
	window_init(&window, 32, true);
	window_lost(&window, 10, 20);
	assert_int_equal(window.limit, 32);
}

/* ---- requests under way ---- */

static void a_request_is_found_by_its_tag_alone(void **state)
{
	struct session session;
	struct flight flight;
	struct request *a, *b;
	uint32_t old;

	(void)state;
	assert_int_equal(flight_init(&flight, 3), 0);
	a = flight_begin(&flight, 1, 10);
	b = flight_begin(&flight, 2, 10);
	a->session = b->session = &session;
	assert_ptr_equal(flight_find(&flight, a->tag), a);
	assert_ptr_equal(flight_find(&flight, b->tag), b);
	assert_null(flight_find(&flight, b->tag + 4));
	assert_null(flight_find(&flight, 3)); /* no such index */
	old = a->tag;
	flight_end(&flight, a);
	assert_null(flight_find(&flight, old));
	a = flight_begin(&flight, 3, 10);
	a->session = &session;
	assert_int_not_equal(a->tag, old);
	assert_null(flight_find(&flight, old));
	flight_release(&flight);
}

static void the_oldest_comes_first(void **state)
{
	struct flight flight;
	struct request *a, *b, *c;

	(void)state;
	assert_int_equal(flight_init(&flight, 3), 0);
	a = flight_begin(&flight, 1, 10);
	b = flight_begin(&flight, 2, 10);
	c = flight_begin(&flight, 3, 10);
	assert_null(flight_begin(&flight, 4, 10));
	assert_ptr_equal(flight.oldest, a);
	flight_repeat(&flight, a, 4, 20);
	assert_int_equal(a->due, 24);
	assert_true(a->repeated);
	assert_ptr_equal(flight.oldest, b);
	assert_ptr_equal(flight.newest, a);
	flight_end(&flight, c);
	assert_ptr_equal(b->newer, a);
	flight_end(&flight, b);
	flight_end(&flight, a);
	assert_null(flight.oldest);
	assert_null(flight.newest);
	assert_int_equal(flight.count, 0);
	flight_release(&flight);
}

/* ---- sessions ---- */

static struct bench_options session_options(const char *pattern, unsigned int depth)
{
	struct bench_options options = {.block = 4096, .depth = depth, .seed = 7};

	assert_int_equal(pattern_parse(pattern, &options.pattern), 0);
	return options;
}

static void a_session_respects_the_buffers(void **state)
{
	struct bench_options options = session_options("randread", 32);
	struct bench_target target = {.buffers = 10, .sectors_per_frame = 2, .blocks = 8};
	struct session session;
	const struct mac mac = {{2}};

	(void)state;
	assert_int_equal(session_init(&session, &target, &options, mac, 0, 1), 0);
	assert_int_equal(session_room(&session), 10);
	session_release(&session);
	options.ignore_buffers = true;
	assert_int_equal(session_init(&session, &target, &options, mac, 0, 1), 0);
	assert_int_equal(session_room(&session), 32 * 4); /* four frames to a block */
	session_release(&session);
}

static void no_block_is_written_twice_at_a_time(void **state)
{
	const struct bench_options options = session_options("randwrite", 8);
	struct bench_target target = {.buffers = 64, .sectors_per_frame = 8, .blocks = 4};
	struct operation *operations[8];
	struct session session;
	unsigned int seen = 0, begun = 0;

	(void)state;
	assert_int_equal(ledger_init(&target.ledger, 1, target.address, 4, 8), 0);
	assert_int_equal(session_init(&session, &target, &options, (struct mac){{2}}, 0, 1), 0);
	/* It gives up now and then when it does not find a free one by chance. */
	for (int i = 0; i < 1000 && begun < 4; i++) {
		struct operation *operation = session_begin(&session, false, 1);

		if (!operation)
			continue;
		assert_false(seen & 1U << operation->block);
		seen |= 1U << operation->block;
		operations[begun++] = operation;
	}
	assert_int_equal(begun, 4);
	assert_null(session_begin(&session, false, 1));
	session_end(&session, operations[2], 5, true);
	assert_int_equal(target.figures.acknowledged, 1);
	assert_int_equal(target.figures.latency[BENCH_WRITE].max, 4);
	session_release(&session);
	ledger_release(&target.ledger);
}

static void what_was_written_is_read_back_once(void **state)
{
	const struct bench_options options = session_options("randwrite", 2);
	struct bench_target target = {.buffers = 64, .sectors_per_frame = 8, .blocks = 6};
	struct session session;
	struct operation *operation;

	(void)state;
	assert_int_equal(ledger_init(&target.ledger, 1, target.address, 6, 8), 0);
	ledger_begin(&target.ledger, 2);
	ledger_end(&target.ledger, 2, true);
	ledger_begin(&target.ledger, 5);
	ledger_end(&target.ledger, 5, false);
	assert_int_equal(session_init(&session, &target, &options, (struct mac){{2}}, 0, 1), 0);
	operation = session_begin(&session, true, 1);
	assert_non_null(operation);
	assert_int_equal(operation->block, 2);
	assert_int_equal(operation->generation, 1);
	assert_false(operation->write);
	operation = session_begin(&session, true, 1);
	assert_non_null(operation);
	assert_int_equal(operation->block, 5);
	assert_int_equal(operation->generation, 0);
	assert_true(session_checked(&session));
	session_release(&session);
	ledger_release(&target.ledger);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(patterns_are_read),
	        cmocka_unit_test(in_order_each_block_comes_once),
	        cmocka_unit_test(at_random_all_blocks_come_equally),
	        cmocka_unit_test(a_seed_gives_the_same_again),
	        cmocka_unit_test(the_timeout_follows_the_round_trips),
	        cmocka_unit_test(silence_doubles_it_up_to_the_longest),
	        cmocka_unit_test(a_loss_halves_the_window_and_answers_open_it),
	        cmocka_unit_test(a_fixed_window_stays),
	        cmocka_unit_test(a_request_is_found_by_its_tag_alone),
	        cmocka_unit_test(the_oldest_comes_first),
	        cmocka_unit_test(a_session_respects_the_buffers),
	        cmocka_unit_test(no_block_is_written_twice_at_a_time),
	        cmocka_unit_test(what_was_written_is_read_back_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
