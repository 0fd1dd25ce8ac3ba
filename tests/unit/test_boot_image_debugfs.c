/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Directory listings as debugfs prints them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "tools/boot/image/debugfs.h"

static void entries_are_read(void **state)
{
	const char *at = "/15/040755/0/0/.//\n"
	                 "/2/040755/0/0/..//\n"
	                 "/16/100644/0/0/vmlinuz-6.1.0-56-amd64/8247232/\n"
	                 "/17/120777/0/0/initrd.img/27/\n\n";
	struct debugfs_entry entry;

	(void)state;
	assert_int_equal(debugfs_next(&at, &entry), 1);
	assert_string_equal(entry.name, ".");
	assert_int_equal(entry.mode, 040755);
	assert_int_equal(debugfs_next(&at, &entry), 1);
	assert_int_equal(debugfs_next(&at, &entry), 1);
	assert_string_equal(entry.name, "vmlinuz-6.1.0-56-amd64");
	assert_int_equal(entry.mode, 0100644);
	assert_int_equal(entry.size, 8247232);
	assert_int_equal(debugfs_next(&at, &entry), 1);
	assert_int_equal(debugfs_next(&at, &entry), 0);
	assert_string_equal(at, "");
}

static void what_is_no_entry_is_skipped(void **state)
{
	char line[512] = "/1/100644/0/0/";
	const char *at = "/boot: File not found by ext2_lookup\nx\n/1/2/3\n/1/100644/0/0//5/\n"
	                 "/1/100644/0/0/last/5/";
	struct debugfs_entry entry;

	(void)state;
	assert_int_equal(debugfs_next(&at, &entry), 1);
	assert_string_equal(entry.name, "last");
	assert_int_equal(debugfs_next(&at, &entry), 0);
	memset(line + strlen(line), 'n', 256);
	strcat(line, "/5/");
	at = line;
	assert_int_equal(debugfs_next(&at, &entry), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(entries_are_read),
	        cmocka_unit_test(what_is_no_entry_is_skipped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
