/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A number for each of some blocks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tools/disk/blocktable.h"

enum { MANY = 10000 };

static uint64_t nth(uint64_t i)
{
	return i * i * 4096;
}

static void what_was_put_is_there(void **state)
{
	struct blocktable map = {0};
	const struct blocktable_slot *slot;
	uint64_t sum = 0, wanted = 0;
	size_t at = 0;

	(void)state;
	assert_null(blocktable_get(&map, 0));
	assert_null(blocktable_next(&map, &at));
	for (uint64_t i = 0; i < MANY; i++)
		assert_int_equal(blocktable_put(&map, nth(i), i), 0);
	for (uint64_t i = 0; i < MANY; i++) {
		assert_non_null(blocktable_get(&map, nth(i)));
		assert_int_equal(*blocktable_get(&map, nth(i)), i);
		wanted += nth(i) + i;
	}
	assert_null(blocktable_get(&map, 1));
	assert_int_equal(blocktable_put(&map, 0, 0), 0);
	assert_int_equal(map.count, MANY);
	for (at = 0; (slot = blocktable_next(&map, &at));)
		sum += slot->key - 1 + slot->value;
	assert_int_equal(sum, wanted);
	blocktable_free(&map);
	assert_null(blocktable_get(&map, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(what_was_put_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
