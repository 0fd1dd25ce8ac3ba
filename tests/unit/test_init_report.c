/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the init says of the kernel's errors, and what it makes of text that is not its own. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "init/report.h"
#include "tools/base/text.h"

static void an_error_has_its_word(void **state)
{
	(void)state;
	assert_string_equal(report_errno(-EIO), "input/output error");
	assert_string_equal(report_errno(-ENOSPC), "no space left");
	assert_string_equal(report_errno(-EKEYREJECTED), "its signature is not accepted");
}

static void one_that_has_none_is_a_number(void **state)
{
	(void)state;
	assert_string_equal(report_errno(-EXDEV), "error 18");
	assert_string_equal(report_errno(-4095), "error 4095");
}

/* A label with a newline would forge a line of the log; what is beyond ASCII stays as it is. */
static void no_text_leaves_its_line(void **state)
{
	char label[] = "a\n<3>b\x1b[2J\x7f\xc3\xa4";

	(void)state;
	assert_string_equal(text_printable(label), "a?<3>b?[2J?\xc3\xa4");
}

static void a_failure_that_is_too_long_is_cut_off(void **state)
{
	char thing[200], saw[600];
	struct failure failure;

	(void)state;
	memset(thing, 'x', sizeof(thing) - 1);
	thing[sizeof(thing) - 1] = '\0';
	memset(saw, 'y', sizeof(saw) - 1);
	saw[sizeof(saw) - 1] = '\0';
	failure_set(&failure, FAIL_MOUNT, thing, saw, saw, NULL);
	assert_int_equal(failure.code, FAIL_MOUNT);
	assert_int_equal(strlen(failure.thing), sizeof(failure.thing) - 1);
	assert_int_equal(strlen(failure.saw), sizeof(failure.saw) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(an_error_has_its_word),
	        cmocka_unit_test(one_that_has_none_is_a_number),
	        cmocka_unit_test(no_text_leaves_its_line),
	        cmocka_unit_test(a_failure_that_is_too_long_is_cut_off),
	};

	return cmocka_run_group_tests_name("init: reports", tests, NULL, NULL);
}
