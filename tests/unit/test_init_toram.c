/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much of a device its file system uses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "init/toram.h"

static uint8_t head[TORAM_HEAD];

static int wipe(void **state)
{
	(void)state;
	memset(head, 0, sizeof(head));
	return 0;
}

static void what_ext4_has_free_is_not_used(void **state)
{
	uint8_t *ext = head + 1024;

	(void)state;
	ext[5] = 2;  /* 512 blocks... */
	ext[12] = 2; /* ...two of them free... */
	ext[24] = 2; /* ...each of 4 KiB */
	assert_int_equal(toram_used(head, "ext4"), 510 * 4096);
	ext[0x150] = 1; /* counts only with 64 bits */
	assert_int_equal(toram_used(head, "ext4"), 510 * 4096);
	ext[0x60] = 0x80;
	assert_int_equal(toram_used(head, "ext2"), (uint64_t)(0x100000000 + 510) * 4096);
	ext[0x158] = 1;
	assert_int_equal(toram_used(head, "ext4"), 510 * 4096);
}

static void nonsense_is_not_told(void **state)
{
	uint8_t *ext = head + 1024;

	(void)state;
	ext[12] = 1;
	assert_int_equal(toram_used(head, "ext4"), 0);
	ext[4] = 2;
	ext[24] = 7;
	assert_int_equal(toram_used(head, "ext4"), 0);
	ext[24] = 0;
	ext[0x60] = 0x80;
	ext[0x153] = 1;
	assert_int_equal(toram_used(head, "ext4"), 0);
}

static void squashfs_is_as_long_as_it_says(void **state)
{
	(void)state;
	head[41] = 1;
	assert_int_equal(toram_used(head, "squashfs"), 256);
	assert_int_equal(toram_used(head, "xfs"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup(what_ext4_has_free_is_not_used, wipe),
	        cmocka_unit_test_setup(nonsense_is_not_told, wipe),
	        cmocka_unit_test_setup(squashfs_is_as_long_as_it_says, wipe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
