/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The escape key of the user's terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "tools/boot/terminal.h"

static void check(const char *typed, enum terminal_key key, const char *for_guest)
{
	char bytes[64];
	bool escape = false;
	size_t n = strlen(typed);

	memcpy(bytes, typed, n);
	assert_int_equal(terminal_filter(&escape, bytes, &n), key);
	assert_int_equal(n, strlen(for_guest));
	assert_memory_equal(bytes, for_guest, n);
	assert_false(escape);
}

static void keys_go_to_the_guest(void **state)
{
	(void)state;
	check("", TERMINAL_NONE, "");
	check("root\r\x03", TERMINAL_NONE, "root\r\x03");
}

static void the_escape_key_does_what_the_help_says(void **state)
{
	(void)state;
	check("ab\x01xcd", TERMINAL_QUIT, "ab");
	check("\x01p", TERMINAL_POWER, "");
	check("\x01h", TERMINAL_HELP, "");
	check("\x01?", TERMINAL_HELP, "");
	check("a\x01\x01z", TERMINAL_NONE, "a\x01z");
}

static void its_letter_may_come_later(void **state)
{
	char bytes[] = "\x01";
	char later[] = "x";
	bool escape = false;
	size_t n = 1;

	(void)state;
	assert_int_equal(terminal_filter(&escape, bytes, &n), TERMINAL_NONE);
	assert_int_equal(n, 0);
	assert_true(escape);
	n = 1;
	assert_int_equal(terminal_filter(&escape, later, &n), TERMINAL_QUIT);
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
