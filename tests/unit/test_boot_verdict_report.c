/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What boot prints: the table and the JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/boot/verdict/report.h"

static char *output;
static size_t output_size;

static FILE *start(void)
{
	FILE *to = open_memstream(&output, &output_size);

	assert_non_null(to);
	return to;
}

static void check(FILE *to, const char *expected)
{
	fclose(to);
	assert_string_equal(output, expected);
	free(output);
}

static void check_string(const char *text, const char *expected)
{
	FILE *to = start();

	report_json_string(to, text);
	check(to, expected);
}

static void strings_are_json(void **state)
{
	(void)state;
	check_string("", "\"\"");
	check_string("a \"b\" \\ c", "\"a \\\"b\\\" \\\\ c\"");
	check_string("\t\x1b[0m", "\"\\u0009\\u001b[0m\"");
	check_string("caf\xC3\xA9 \xF0\x9F\x90\xA7", "\"caf\xC3\xA9 \xF0\x9F\x90\xA7\"");
	check_string("\xFF"
	             "a\xC3",
	             "\"\\ufffda\\ufffd\"");
	check_string("\xC0\x80 \xED\xA0\x80 \xF5",
	             "\"\\ufffd\\ufffd \\ufffd\\ufffd\\ufffd \\ufffd\"");
}

static void the_table_has_steps(void **state)
{
	struct stages stages;
	FILE *to = start();

	(void)state;
	stages_init(&stages);
	stages_look(&stages, "[    0.000000] Linux version 6", 1500000);
	stages_look(&stages, "[    2.313099] Run /init as init process", 3750000);
	stages_look(&stages, "login: ", 4000000);
	report_table_head(to);
	for (size_t i = 0; i < stages.count; i++)
		report_table_row(to, &stages, i);
	check(to, "stage               at      step  guest clock\n"
	          "kernel          1.50 s    1.50 s      0.000 s\n"
	          "init            3.75 s    2.25 s      2.313 s\n"
	          "login           4.00 s    0.25 s\n");
	stages_free(&stages);
}

static void the_json_has_all_of_it(void **state)
{
	struct stages stages;
	struct report report = {.success = true,
	                        .verdict = "'login: ' seen",
	                        .accel = "tcg",
	                        .seconds = 4.5,
	                        .shutdown = -1,
	                        .stages = &stages};
	FILE *to = start();

	(void)state;
	stages_init(&stages);
	stages_look(&stages, "[    0.000000] Linux version 6", 1500000);
	stages_look(&stages, "login: ", 4000000);
	report_json(to, &report);
	check(to, "{\n"
	          "  \"success\": true,\n"
	          "  \"verdict\": \"'login: ' seen\",\n"
	          "  \"accel\": \"tcg\",\n"
	          "  \"seconds\": 4.500,\n"
	          "  \"stages\": [\n"
	          "    {\"name\": \"kernel\", \"at\": 1.500, \"guest\": 0.000000},\n"
	          "    {\"name\": \"login\", \"at\": 4.000}\n"
	          "  ]\n"
	          "}\n");
	stages_free(&stages);
}

static void a_machine_that_never_ran_has_no_stages(void **state)
{
	struct report report = {.success = false, .verdict = "no", .seconds = -1, .shutdown = -1};
	FILE *to = start();

	(void)state;
	report_json(to, &report);
	check(to, "{\n  \"success\": false,\n  \"verdict\": \"no\",\n  \"stages\": []\n}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(strings_are_json),
	        cmocka_unit_test(the_table_has_steps),
	        cmocka_unit_test(the_json_has_all_of_it),
	        cmocka_unit_test(a_machine_that_never_ran_has_no_stages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
