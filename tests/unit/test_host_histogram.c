/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The load generator's histogram: percentiles that are right within 1/64, from 0 to an hour. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "tools/host/histogram.h"

static int setup(void **state)
{
	*state = calloc(1, sizeof(struct histogram));
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

static void nothing_has_no_percentile(void **state)
{
	assert_int_equal(histogram_percentile(*state, 50), 0);
	assert_int_equal(histogram_percentile(*state, 100), 0);
}

static void small_values_are_exact(void **state)
{
	struct histogram *h = *state;

	for (uint64_t i = 1; i <= 100; i++)
		histogram_add(h, i);
	assert_int_equal(h->count, 100);
	assert_int_equal(histogram_percentile(h, 0), 1);
	assert_int_equal(histogram_percentile(h, 1), 1);
	assert_int_equal(histogram_percentile(h, 50), 50);
	assert_int_equal(histogram_percentile(h, 99), 99);
	assert_int_equal(histogram_percentile(h, 100), 100);
}

/* One value alone among smaller ones: at the edges of buckets and of powers of two. */
static void every_size_is_within_a_64th(void **state)
{
	struct histogram *h = *state;

	for (uint64_t power = 1; power < (uint64_t)1 << HISTOGRAM_POWERS; power *= 2) {
		const uint64_t values[] = {power - 1, power, power + 1, power + power / 3};

		for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
			uint64_t value = values[i], told;

			memset(h, 0, sizeof(*h));
			histogram_add(h, value);
			histogram_add(h, 2 * value + 1);
			told = histogram_percentile(h, 50);
			assert_true(told >= value);
			assert_true(told - value <= value / 64);
		}
	}
}

static void the_maximum_is_exact(void **state)
{
	struct histogram *h = *state;

	histogram_add(h, 1000);
	histogram_add(h, 123456789);
	assert_int_equal(histogram_percentile(h, 99.9), 123456789);
	assert_int_equal(histogram_percentile(h, 100), 123456789);
}

static void what_is_beyond_all_buckets_is_counted(void **state)
{
	struct histogram *h = *state;

	histogram_add(h, UINT64_MAX);
	histogram_add(h, (uint64_t)1 << HISTOGRAM_POWERS);
	assert_int_equal(h->count, 2);
	assert_int_equal(h->max, UINT64_MAX);
	assert_int_equal(h->buckets[HISTOGRAM_BUCKETS - 1], 2);
}

static void the_tail_is_seen(void **state)
{
	struct histogram *h = *state;

	for (int i = 0; i < 9980; i++)
		histogram_add(h, 100000);
	for (int i = 0; i < 20; i++)
		histogram_add(h, 50000000);
	assert_in_range(histogram_percentile(h, 99), 100000, 102000);
	assert_in_range(histogram_percentile(h, 99.9), 50000000, 50000000 + 50000000 / 64);
}

static void two_are_added_up(void **state)
{
	struct histogram *h = *state, *other = calloc(1, sizeof(*other));

	assert_non_null(other);
	histogram_add(h, 10);
	histogram_add(other, 20);
	histogram_add(other, 5000);
	histogram_merge(h, other);
	assert_int_equal(h->count, 3);
	assert_int_equal(h->max, 5000);
	assert_int_equal(histogram_percentile(h, 60), 20);
	free(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(nothing_has_no_percentile, setup, teardown),
	        cmocka_unit_test_setup_teardown(small_values_are_exact, setup, teardown),
	        cmocka_unit_test_setup_teardown(every_size_is_within_a_64th, setup, teardown),
	        cmocka_unit_test_setup_teardown(the_maximum_is_exact, setup, teardown),
	        cmocka_unit_test_setup_teardown(what_is_beyond_all_buckets_is_counted, setup,
	                                        teardown),
	        cmocka_unit_test_setup_teardown(the_tail_is_seen, setup, teardown),
	        cmocka_unit_test_setup_teardown(two_are_added_up, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
