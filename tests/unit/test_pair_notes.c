/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is noted of a mirror that a timer brings up to date, and how its times and ages are told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tools/pair/notes.h"

static void reads(const char *text, int64_t whole, int64_t begun, int64_t split)
{
	struct notes notes;

	notes_parse(text, &notes);
	assert_int_equal(notes.whole, whole);
	assert_int_equal(notes.begun, begun);
	assert_int_equal(notes.split, split);
}

static void test_file(void **state)
{
	(void)state;
	reads("", 0, 0, 0);
	reads("whole 1795834807\nbegun 0\nsplit 0\n", 1795834807, 0, 0);
	reads("split 3\nbegun 2\nwhole 1", 1, 2, 3);
}

static void test_another_form(void **state)
{
	(void)state;
	reads("whole\nwhole x\nwhole -5\nwhole 5 \nwhole 123456789012\nwholesome 5\nWHOLE 5\n", 0,
	      0, 0);
	reads("later 7\n\n\nbegun 4\n", 0, 4, 0);
}

static void test_time(void **state)
{
	char text[NOTES_TIME];

	(void)state;
	assert_string_equal(notes_time(1795834807, text), "2026-11-28T03:00:07Z");
	assert_string_equal(notes_time(INT64_MAX, text), "unknown");
}

static void is_told(int64_t seconds, const char *age)
{
	char text[NOTES_AGE];

	assert_string_equal(notes_age(1795834807, 1795834807 + seconds, text), age);
}

static void test_age(void **state)
{
	(void)state;
	is_told(0, "0 s old");
	is_told(59, "59 s old");
	is_told(60, "1 min old");
	is_told(5 * 3600 + 12 * 60 + 59, "5 h 12 min old");
	is_told(3 * 86400 + 4 * 3600, "3 days 4 h old");
	/* A clock was set back. */
	is_told(-1, "in the future by this clock");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_file),
	        cmocka_unit_test(test_another_form),
	        cmocka_unit_test(test_time),
	        cmocka_unit_test(test_age),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
