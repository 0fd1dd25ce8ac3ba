/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --expect and --type on a console's lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "tools/boot/verdict/expect.h"

static void add(struct expect *expect, const char *pattern, const char *type)
{
	char why[128];

	assert_int_equal(expect_add(expect, pattern, strlen(pattern), type, why, sizeof(why)), 0);
}

/* How many steps a line fulfils. */
static unsigned look(struct expect *expect, const char *line, enum expect_line kind)
{
	unsigned n = 0;

	while (expect_look(expect, line, kind))
		n++;
	return n;
}

static void nothing_expected_is_never_done(void **state)
{
	struct expect expect = {0};

	(void)state;
	assert_int_equal(look(&expect, "anything", EXPECT_WHOLE), 0);
	assert_false(expect_done(&expect));
}

static void a_pattern_is_seen_as_soon_as_it_is_there(void **state)
{
	struct expect expect = {0};

	(void)state;
	add(&expect, "login: ", NULL);
	assert_int_equal(look(&expect, "debian logi", EXPECT_GROWING), 0);
	assert_int_equal(look(&expect, "debian login: ", EXPECT_GROWING), 1);
	assert_true(expect_done(&expect));
	expect_free(&expect);
}

static void the_end_of_a_line_is_not_where_it_still_grows(void **state)
{
	struct expect expect = {0};

	(void)state;
	add(&expect, "count 4$", NULL);
	assert_int_equal(look(&expect, "count 4", EXPECT_GROWING), 0);
	assert_int_equal(look(&expect, "count 42", EXPECT_WHOLE), 0);
	assert_int_equal(look(&expect, "count 4", EXPECT_WHOLE), 1);
	expect_free(&expect);
}

static void a_prompt_ends_where_the_guest_pauses(void **state)
{
	struct expect expect = {0};

	(void)state;
	add(&expect, "login: $", "root");
	assert_int_equal(look(&expect, "debian login: ", EXPECT_GROWING), 0);
	assert_int_equal(look(&expect, "debian login: ", EXPECT_SETTLED), 1);
	expect_free(&expect);
}

static void steps_come_in_order_and_after_each_other(void **state)
{
	struct expect expect = {0};

	(void)state;
	add(&expect, "a", "1");
	add(&expect, "b", "2");
	add(&expect, "a", NULL);
	assert_int_equal(look(&expect, "b", EXPECT_WHOLE), 0);
	assert_int_equal(look(&expect, "ab", EXPECT_GROWING), 2);
	/* The a that was there before the b does not count. */
	assert_int_equal(look(&expect, "ab", EXPECT_WHOLE), 0);
	assert_int_equal(look(&expect, "a", EXPECT_WHOLE), 1);
	assert_true(expect_done(&expect));
	expect_free(&expect);
}

static void the_beginning_of_a_line_is_only_at_its_beginning(void **state)
{
	struct expect expect = {0};

	(void)state;
	add(&expect, "x", "1");
	add(&expect, "^y", NULL);
	assert_int_equal(look(&expect, "xy", EXPECT_WHOLE), 1);
	assert_int_equal(look(&expect, "yes", EXPECT_WHOLE), 1);
	expect_free(&expect);
}

static void a_line_may_become_shorter(void **state)
{
	struct expect expect = {0};

	(void)state;
	add(&expect, "100%", "next");
	add(&expect, "done", NULL);
	assert_int_equal(look(&expect, "copying 100%", EXPECT_GROWING), 1);
	assert_int_equal(look(&expect, "", EXPECT_GROWING), 0);
	assert_int_equal(look(&expect, "done", EXPECT_GROWING), 1);
	expect_free(&expect);
}

static void rules_are_split_at_their_first_arrow(void **state)
{
	struct expect expect = {0};
	char why[128];

	(void)state;
	assert_int_equal(expect_add_typing(&expect, "# $=>echo a=>b", why, sizeof(why)), 0);
	assert_string_equal(expect.steps[0].pattern, "# $");
	assert_string_equal(expect.steps[0].type, "echo a=>b");
	assert_int_equal(expect_add_typing(&expect, "x=>", why, sizeof(why)), 0);
	assert_string_equal(expect.steps[1].type, "");
	assert_int_equal(expect_add_typing(&expect, "no arrow", why, sizeof(why)), -ENOMSG);
	assert_int_equal(expect_add_typing(&expect, "=>x", why, sizeof(why)), -ENOMSG);
	assert_int_equal(expect.count, 2);
	expect_free(&expect);
}

static void a_wrong_expression_says_what_is_wrong(void **state)
{
	struct expect expect = {0};
	char why[128];

	(void)state;
	assert_int_equal(expect_add(&expect, "a(b", 3, NULL, why, sizeof(why)), -EINVAL);
	assert_non_null(strstr(why, "("));
	assert_int_equal(expect.count, 0);
	expect_free(&expect);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(nothing_expected_is_never_done),
	        cmocka_unit_test(a_pattern_is_seen_as_soon_as_it_is_there),
	        cmocka_unit_test(the_end_of_a_line_is_not_where_it_still_grows),
	        cmocka_unit_test(a_prompt_ends_where_the_guest_pauses),
	        cmocka_unit_test(steps_come_in_order_and_after_each_other),
	        cmocka_unit_test(the_beginning_of_a_line_is_only_at_its_beginning),
	        cmocka_unit_test(a_line_may_become_shorter),
	        cmocka_unit_test(rules_are_split_at_their_first_arrow),
	        cmocka_unit_test(a_wrong_expression_says_what_is_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
