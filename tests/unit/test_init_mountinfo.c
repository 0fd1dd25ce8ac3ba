/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The init's reading of what is mounted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "init/mountinfo.h"

static void the_last_mount_comes_first(void **state)
{
	char text[] =
	        "21 1 0:5 / / rw,relatime shared:1 - ext4 /dev/etherd/e0.0 rw,errors=remount-ro\n"
	        "36 21 98:0 /sub /srv/a\\040b\\134c rw - tmpfs none rw\n";
	struct mountinfo mount;

	(void)state;
	assert_true(mountinfo_take_last(text, &mount));
	assert_string_equal(mount.path, "/srv/a b\\c");
	assert_string_equal(mount.device, "98:0");
	assert_string_equal(mount.source, "none");
	assert_true(mountinfo_take_last(text, &mount));
	assert_string_equal(mount.path, "/");
	assert_string_equal(mount.source, "/dev/etherd/e0.0");
	assert_false(mountinfo_take_last(text, &mount));
	assert_false(mountinfo_take_last(text, &mount));
}

/* The end of a list that is longer than its buffer is cut off anywhere. */
static void a_line_that_is_none_is_passed_over(void **state)
{
	char text[] = "21 1 0:5 / /a rw - ext4 /dev/a rw\n\n- - -\n1 2 3 4 - x y\n"
	              "22 1 0:6 / /b rw - ext4\n23 1 0:7 / /c rw shared:1";
	struct mountinfo mount;

	(void)state;
	assert_true(mountinfo_take_last(text, &mount));
	assert_string_equal(mount.path, "/a");
	assert_false(mountinfo_take_last(text, &mount));
}

static void what_is_no_octal_number_stays(void **state)
{
	char text[] = "1 1 0:5 / /\\0\\08\\777\\ rw - ext4 a\\011 rw";
	struct mountinfo mount;

	(void)state;
	assert_true(mountinfo_take_last(text, &mount));
	assert_string_equal(mount.path, "/\\0\\08\\777\\");
	assert_string_equal(mount.source, "a\t");
}

static void below_is_not_beside(void **state)
{
	(void)state;
	assert_true(mountinfo_is_below("/oldroot", "/oldroot"));
	assert_true(mountinfo_is_below("/oldroot/srv", "/oldroot"));
	assert_false(mountinfo_is_below("/oldroots", "/oldroot"));
	assert_false(mountinfo_is_below("/", "/oldroot"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_last_mount_comes_first),
	        cmocka_unit_test(a_line_that_is_none_is_passed_over),
	        cmocka_unit_test(what_is_no_octal_number_stays),
	        cmocka_unit_test(below_is_not_beside),
	};

	return cmocka_run_group_tests_name("init: mountinfo", tests, NULL, NULL);
}
