/* SPDX-License-Identifier: GPL-2.0-or-later */
/* depmod's binary indexes, whole and damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "initramfs/kmodindex.h"

/* "aoe" and "ax" with a value each: a root with the prefix "a" and two children behind it. */
static const unsigned char small[] = {
        0xb0, 0x07, 0xf4, 0x57, 0, 2, 0, 1, /* magic, version 2.1 */
        0xa0, 0, 0, 41,                     /* root: prefix and children, at 41 */
        /* 12: "e", one value of priority 7 */
        'e', 0, 0, 0, 0, 1, 0, 0, 0, 7, 'k', 0,
        /* 24: no prefix, two values */
        0, 0, 0, 2, 0, 0, 0, 1, 'x', 0, 0, 0, 0, 2, 'y', 'z', 0,
        /* 41: "a", children 'o' to 'x' */
        'a', 0, 'o', 'x', 0xc0, 0, 0, 12, /* 'o': prefix and values, at 12 */
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0x40, 0, 0, 24, /* 'x': values, at 24 */
};
enum { ROOT_OFFSET = 8, ROOT = 41, LAST_CHILD = 81 };

/* On the heap and exactly as long as it is, so that the sanitizer sees a byte too far. */
static bool is_sound(const unsigned char *data, size_t size)
{
	struct buffer file = {.data = malloc(size + !size), .size = size, .capacity = size};
	bool is;

	assert_non_null(file.data);
	memcpy(file.data, data, size);
	is = kmodindex_is_sound(&file);
	buffer_free(&file);
	return is;
}

static void a_whole_index_is_sound(void **state)
{
	(void)state;
	assert_int_equal(sizeof(small), LAST_CHILD + 4);
	assert_true(is_sound(small, sizeof(small)));
}

/* What depmod writes for a kernel that has nothing built in. */
static void an_empty_index_is_sound(void **state)
{
	static const unsigned char empty[] = {0xb0, 0x07, 0xf4, 0x57, 0, 2, 0, 1, 0, 0, 0, 12};

	(void)state;
	assert_true(is_sound(empty, sizeof(empty)));
}

static void an_index_cut_anywhere_is_not(void **state)
{
	(void)state;
	for (size_t size = 0; size < sizeof(small); size++)
		assert_false(is_sound(small, size));
}

static void other_files_are_not(void **state)
{
	unsigned char other[sizeof(small)];

	(void)state;
	memcpy(other, small, sizeof(small));
	other[0] ^= 1;
	assert_false(is_sound(other, sizeof(other)));
	memcpy(other, small, sizeof(small));
	other[5] = 3;
	assert_false(is_sound(other, sizeof(other)));
}

static void offsets_may_not_leave_the_file(void **state)
{
	unsigned char bad[sizeof(small)];

	(void)state;
	memcpy(bad, small, sizeof(small));
	bad[ROOT_OFFSET + 3] = sizeof(small);
	assert_false(is_sound(bad, sizeof(bad)));
	memcpy(bad, small, sizeof(small));
	bad[LAST_CHILD + 1] = 1;
	assert_false(is_sound(bad, sizeof(bad)));
	memcpy(bad, small, sizeof(small));
	bad[LAST_CHILD + 3] = 4; /* into the header */
	assert_false(is_sound(bad, sizeof(bad)));
}

static void circles_have_an_end(void **state)
{
	unsigned char bad[sizeof(small)];

	(void)state;
	memcpy(bad, small, sizeof(small));
	bad[LAST_CHILD] = 0xa0;
	bad[LAST_CHILD + 3] = ROOT;
	assert_false(is_sound(bad, sizeof(bad)));
}

static void put_number(unsigned char *at, size_t number)
{
	for (int i = 0; i < 4; i++)
		at[i] = (unsigned char)(number >> (24 - 8 * i));
}

/*
 * A root whose children are nodes, and all their children one long list of values: each byte of it
 * would be looked at 65,536 times.
 */
static void shared_parts_are_not_gone_through_again_and_again(void **state)
{
	enum {
		CHILDREN = 256,
		NODE = 2 + 4 * CHILDREN,
		COUNT = 100000,
		VALUES = 4 + 5 * COUNT,
		NODES = 12,
		LIST = NODES + NODE * (1 + CHILDREN),
		SIZE = LIST + VALUES,
	};
	unsigned char *index = calloc(1, SIZE);

	(void)state;
	assert_non_null(index);
	memcpy(index, small, ROOT_OFFSET);
	put_number(index + ROOT_OFFSET, 0x20000000 | NODES);
	for (size_t n = 0; n <= CHILDREN; n++) {
		unsigned char *node = index + NODES + n * NODE;

		node[1] = CHILDREN - 1;
		for (size_t i = 0; i < CHILDREN; i++)
			put_number(node + 2 + 4 * i,
			           n ? 0x40000000 | LIST : 0x20000000 | (NODES + (i + 1) * NODE));
	}
	put_number(index + LIST, COUNT);
	assert_false(is_sound(index, SIZE));
	free(index);
}

/* Whatever the answer: the sanitizer watches that every look is inside of the file. */
static void no_byte_leads_outside(void **state)
{
	unsigned char bad[sizeof(small)];

	(void)state;
	for (size_t at = 0; at < sizeof(small); at++)
		for (int value = 0; value < 256; value++) {
			memcpy(bad, small, sizeof(small));
			bad[at] = (unsigned char)value;
			is_sound(bad, sizeof(bad));
		}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_whole_index_is_sound),
	        cmocka_unit_test(an_empty_index_is_sound),
	        cmocka_unit_test(an_index_cut_anywhere_is_not),
	        cmocka_unit_test(other_files_are_not),
	        cmocka_unit_test(offsets_may_not_leave_the_file),
	        cmocka_unit_test(circles_have_an_end),
	        cmocka_unit_test(shared_parts_are_not_gone_through_again_and_again),
	        cmocka_unit_test(no_byte_leads_outside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
