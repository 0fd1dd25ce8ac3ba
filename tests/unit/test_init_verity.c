/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the init reads of a hash tree's superblock, and what it makes of it for the kernel. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "init/disk.h"
#include "init/verity.h"

static uint8_t superblock[VERITY_SUPERBLOCK];
static struct verity verity;
static const char *problem;

/* As `veritysetup format` writes it for 16 MiB; each test spoils it. */
static int a_good_one(void **state)
{
	static const uint8_t head[] = {'v', 'e', 'r', 'i', 't', 'y', 0, 0, 1, 0, 0, 0, 1};

	(void)state;
	memset(superblock, 0, sizeof(superblock));
	memcpy(superblock, head, sizeof(head));
	strcpy((char *)superblock + 32, "sha256");
	superblock[65] = superblock[69] = 0x10; /* 4096 */
	superblock[73] = 0x10;                  /* 4096 of them */
	superblock[80] = 3;
	memcpy(superblock + 88, "\x01\xab\xff", 3);
	return 0;
}

static void assert_refused(const char *expected)
{
	assert_int_equal(verity_parse(superblock, 1 << 24, &verity, &problem), -EINVAL);
	assert_string_equal(problem, expected);
}

static void the_kernel_gets_all_of_it(void **state)
{
	char table[VERITY_TABLE];

	(void)state;
	assert_int_equal(verity_parse(superblock, 1 << 24, &verity, &problem), 0);
	assert_null(problem);
	assert_int_equal(verity_data_size(&verity), 1 << 24);
	assert_string_equal(verity_write_table(&verity, "/dev/etherd/e0.0", "/dev/etherd/e0.1",
	                                       "c0ffee", table),
	                    "1 /dev/etherd/e0.0 /dev/etherd/e0.1 4096 4096 4096 4097 sha256 c0ffee "
	                    "01abff");
}

static void no_salt(void **state)
{
	char table[VERITY_TABLE];

	(void)state;
	superblock[80] = 0;
	assert_int_equal(verity_parse(superblock, 0, &verity, &problem), 0);
	assert_string_equal(verity_write_table(&verity, "a", "b", "c0ffee", table),
	                    "1 a b 4096 4096 4096 1 sha256 c0ffee -");
}

static void the_largest_fits(void **state)
{
	static const char disk[] = "/dev/etherd/e65534.254p255";
	char table[VERITY_TABLE], hash[VERITY_DIGITS_MOST + 1];

	(void)state;
	memset(hash, 'f', VERITY_DIGITS_MOST);
	hash[VERITY_DIGITS_MOST] = '\0';
	memset(superblock + 32, 'a', VERITY_ALGORITHM - 1);
	memset(superblock + 72, 0xff, 6);
	superblock[80] = 0;
	superblock[81] = 1;
	assert_int_equal(verity_parse(superblock, INT64_MAX, &verity, &problem), 0);
	verity_write_table(&verity, disk, disk, hash, table);
	assert_string_equal(table + strlen(table) - 4, "0000");
	assert_in_range(strlen(table), 512, VERITY_TABLE - 2);
}

static void what_is_none(void **state)
{
	(void)state;
	superblock[0] = 'V';
	assert_refused("no hash tree begins there");
}

static void another_version(void **state)
{
	(void)state;
	superblock[8] = 2;
	assert_refused("it is of another version than 1");
	superblock[8] = 1;
	superblock[12] = 0; /* that of Chrome OS */
	assert_refused("it is of another version than 1");
}

static void damage(void **state)
{
	static const struct {
		unsigned at;
		uint8_t byte;
	} damages[] = {
	        {64, 1},    /* a block of 4097 bytes */
	        {66, 1},    /* of 65 KiB */
	        {65, 1},    /* of 256 bytes */
	        {69, 0},    /* of none */
	        {73, 0},    /* no data */
	        {79, 0x80}, /* more than there can be */
	        {81, 2},    /* a salt beyond its place */
	        {32, 0},    /* no algorithm */
	        {33, ' '},  /* one of two words */
	        {63, 'x'},  /* one without an end */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		a_good_one(NULL);
		superblock[damages[i].at] = damages[i].byte;
		assert_refused("it is damaged");
	}
}

/* A device that is gone is another matter than one that ends before its tree. */
static void a_device_that_is_not_there_does_not_end(void **state)
{
	(void)state;
	assert_int_equal(disk_read("/nowhere", superblock, sizeof(superblock), 0), -ENODEV);
	assert_int_equal(disk_read("/dev/null", superblock, sizeof(superblock), 0), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup(the_kernel_gets_all_of_it, a_good_one),
	        cmocka_unit_test_setup(no_salt, a_good_one),
	        cmocka_unit_test_setup(the_largest_fits, a_good_one),
	        cmocka_unit_test_setup(what_is_none, a_good_one),
	        cmocka_unit_test_setup(another_version, a_good_one),
	        cmocka_unit_test_setup(damage, a_good_one),
	        cmocka_unit_test(a_device_that_is_not_there_does_not_end),
	};

	return cmocka_run_group_tests_name("init: verity", tests, NULL, NULL);
}
