/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines out of what a serial console sends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tools/boot/machine/console.h"

struct seen {
	char text[65536]; /* whole lines, each followed by '|' */
};

static void see(void *context, const char *text)
{
	struct seen *seen = context;

	strcat(seen->text, text);
	strcat(seen->text, "|");
}

/* What becomes of bytes: whole lines, then the line that is still growing. */
static void check(const char *bytes, const char *whole, const char *growing)
{
	static struct seen seen;
	static struct console console;
	size_t n = strlen(bytes);

	/* In one piece, then byte by byte. */
	for (size_t piece = n ? n : 1; piece; piece = piece > 1 ? 1 : 0) {
		seen.text[0] = '\0';
		console_init(&console, see, &seen);
		for (size_t at = 0; at < n; at += piece)
			console_feed(&console, bytes + at, piece);
		assert_string_equal(seen.text, whole);
		assert_string_equal(console.line, growing);
		assert_int_equal(console.length, strlen(growing));
	}
}

static void lines_end_at_newlines(void **state)
{
	(void)state;
	check("", "", "");
	check("one\r\ntwo\nthr", "one|two|", "thr");
	check("\n\n", "||", "");
	check("a\r\r\nb", "a|", "b");
}

static void returns_and_backspaces_are_obeyed(void **state)
{
	(void)state;
	check("10%\r20%\r\n", "20%|", "");
	check("abcdef\rxy", "", "xycdef");
	check("iPXE...\b\b\b   \b\b\b", "", "iPXE   ");
	check("\b\bx", "", "x");
}

static void escape_sequences_are_dropped(void **state)
{
	(void)state;
	check("\033[0;1miPXE 1.0\033[0m -- \033[0;36mhttp", "", "iPXE 1.0 -- http");
	check("\033[?7l\033[01;32mroot\033[00m:~# ", "", "root:~# ");
	check("\033]0;a title\007root# ", "", "root# ");
	check("\033]0;a title\033\\root# ", "", "root# ");
	check("\033(Bx\033)0y", "", "xy");
	check("a\033[31", "", "a");
	check("[  \033[0;32mOK\033[0m  ] Reached", "", "[  OK  ] Reached");
}

static void erasing_erases(void **state)
{
	(void)state;
	check("abc\r\033[Kd", "", "d");
	check("half a li\033c\033[?7l\033[2J\033[0mk\r[    0.000000] Linux", "",
	      "[    0.000000] Linux");
	check("old\033[2Jnew", "", "new");
}

static void control_bytes_and_zeros_do_no_harm(void **state)
{
	static const char bytes[] = "a\0b\x01"
	                            "c\x7f"
	                            "d\te\xC3\xA9\n";
	struct seen seen = {""};
	struct console console;

	(void)state;
	console_init(&console, see, &seen);
	console_feed(&console, bytes, sizeof(bytes) - 1);
	assert_string_equal(seen.text, "abcd\te\xC3\xA9|");
}

static void a_line_without_end_is_cut(void **state)
{
	static struct seen seen;
	struct console console;

	(void)state;
	console_init(&console, see, &seen);
	for (size_t i = 0; i < 2 * CONSOLE_LINE + 1; i++)
		console_feed(&console, "x", 1);
	assert_int_equal(strlen(seen.text), 2 * (CONSOLE_LINE + 1));
	assert_int_equal(console.length, 1);
}

static void the_last_line_is_handed_over(void **state)
{
	struct seen seen = {""};
	struct console console;

	(void)state;
	console_init(&console, see, &seen);
	console_feed(&console, "login: ", 7);
	console_end(&console);
	console_end(&console);
	assert_string_equal(seen.text, "login: |");
}

static void a_kernel_message_in_a_line_is_found(void **state)
{
	(void)state;
	assert_int_equal(console_before_kernel("Password: [   12.715104] FDC 0 is a S82078B"), 10);
	assert_int_equal(console_before_kernel("# [12345.000001] usb 1-1: gone"), 2);
	assert_int_equal(console_before_kernel("[    1.000000] Linux"), 0);
	assert_int_equal(console_before_kernel("Password: "), 0);
	assert_int_equal(console_before_kernel("Password: [   12.71510"), 0);
	assert_int_equal(console_before_kernel("took [    1.5] s"), 0);
	assert_int_equal(console_before_kernel("[  OK  ] up [    2.000000] aoe"), 12);
	assert_int_equal(console_before_kernel("a [[[ ["), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(lines_end_at_newlines),
	        cmocka_unit_test(returns_and_backspaces_are_obeyed),
	        cmocka_unit_test(escape_sequences_are_dropped),
	        cmocka_unit_test(erasing_erases),
	        cmocka_unit_test(control_bytes_and_zeros_do_no_harm),
	        cmocka_unit_test(a_line_without_end_is_cut),
	        cmocka_unit_test(the_last_line_is_handed_over),
	        cmocka_unit_test(a_kernel_message_in_a_line_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
