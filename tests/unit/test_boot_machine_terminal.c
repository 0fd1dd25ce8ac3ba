/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The escape key of the user's terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "tools/boot/machine/terminal.h"

static void check(const char *typed, enum terminal_key key, const char *for_guest, const char *rest)
{
	char bytes[64];
	bool escape = false;
	size_t n = strlen(typed), taken, kept;

	memcpy(bytes, typed, n);
	assert_int_equal(terminal_filter(&escape, bytes, n, &taken, &kept), key);
	assert_int_equal(kept, strlen(for_guest));
	assert_memory_equal(bytes, for_guest, kept);
	assert_string_equal(typed + taken, rest);
	assert_false(escape);
}

static void keys_go_to_the_guest(void **state)
{
	(void)state;
	check("", TERMINAL_NONE, "", "");
	check("root\r\x03", TERMINAL_NONE, "root\r\x03", "");
}

static void the_escape_key_does_what_the_help_says(void **state)
{
	(void)state;
	check("ab\x01xcd", TERMINAL_QUIT, "ab", "cd");
	check("\x01p", TERMINAL_POWER, "", "");
	check("\x01h\x01x", TERMINAL_HELP, "", "\x01x");
	check("\x01?", TERMINAL_HELP, "", "");
	check("a\x01\x01z", TERMINAL_NONE, "a\x01z", "");
}

static void its_letter_may_come_later(void **state)
{
	char bytes[] = "\x01";
	char later[] = "x";
	bool escape = false;
	size_t taken, kept;

	(void)state;
	assert_int_equal(terminal_filter(&escape, bytes, 1, &taken, &kept), TERMINAL_NONE);
	assert_int_equal(kept, 0);
	assert_true(escape);
	assert_int_equal(terminal_filter(&escape, later, 1, &taken, &kept), TERMINAL_QUIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(keys_go_to_the_guest),
	        cmocka_unit_test(the_escape_key_does_what_the_help_says),
	        cmocka_unit_test(its_letter_may_come_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
