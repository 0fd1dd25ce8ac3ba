/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's kernel command line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "tools/boot/cmdline.h"

static const struct aoe_address e0_0 = {0, 0}, e7_3 = {7, 3};

static void check_root(struct aoe_address address, unsigned partition, const char *append,
                       const char *expected)
{
	char *root = cmdline_root(address, partition, append);

	assert_string_equal(root, expected);
	free(root);
}

static void check_rest(bool read_only, const char *append, const char *expected)
{
	char *rest = cmdline_rest(read_only, false, append);

	assert_string_equal(rest, expected);
	free(rest);
}

static void the_root_is_the_export(void **state)
{
	(void)state;
	check_root(e0_0, 0, NULL, "aoe:e0.0");
	check_root(e0_0, 1, NULL, "aoe:e0.0p1");
	check_root(e7_3, 12, "quiet", "aoe:e7.3p12");
}

static void a_root_of_the_users_replaces_it(void **state)
{
	(void)state;
	check_root(e0_0, 1, "root=UUID=1234", "UUID=1234");
	check_root(e0_0, 1, "root=a quiet root=b", "b");
	check_root(e0_0, 0, "netroot=aoe:e1.1", "aoe:e0.0");
	check_root(e0_0, 0, "root=\"LABEL=two words\" x", "\"LABEL=two words\"");
	check_root(e0_0, 0, "root=", "");
}

static void the_rest_has_a_mode_and_a_console(void **state)
{
	(void)state;
	check_rest(false, NULL, "no_timer_check rw console=ttyS0");
	check_rest(true, NULL, "no_timer_check ro console=ttyS0");
	check_rest(false, "", "no_timer_check rw console=ttyS0");
}

static void the_users_own_words_win_and_come_last(void **state)
{
	(void)state;
	check_rest(false, "quiet  panic=1 ", "no_timer_check rw console=ttyS0 quiet panic=1");
	check_rest(false, "ro", "no_timer_check console=ttyS0 ro");
	check_rest(true, "x rw", "no_timer_check console=ttyS0 x rw");
	check_rest(false, "console=tty0", "no_timer_check rw console=tty0");
	check_rest(false, "rw console=tty0", "no_timer_check rw console=tty0");
	check_rest(false, "rootflags=ro", "no_timer_check rw console=ttyS0 rootflags=ro");
	check_rest(false, "root=a quiet root=b -- one",
	           "no_timer_check rw console=ttyS0 quiet -- one");
	check_rest(false, "a=\"b  root=c\"", "no_timer_check rw console=ttyS0 a=\"b  root=c\"");
}

static void large_frames_are_for_lans_that_take_them(void **state)
{
	char *rest = cmdline_rest(false, true, "rd.mtu=1500");

	(void)state;
	/* The last of two counts, so the user's own wins. */
	assert_string_equal(rest, "no_timer_check rd.mtu=9000 rw console=ttyS0 rd.mtu=1500");
	free(rest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_root_is_the_export),
	        cmocka_unit_test(a_root_of_the_users_replaces_it),
	        cmocka_unit_test(the_rest_has_a_mode_and_a_console),
	        cmocka_unit_test(large_frames_are_for_lans_that_take_them),
	        cmocka_unit_test(the_users_own_words_win_and_come_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
