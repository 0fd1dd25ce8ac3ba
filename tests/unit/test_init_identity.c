/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who a machine is, of many that boot off one root. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "init/identity.h"

static void the_same_at_each_boot(void **state)
{
	char id[IDENTITY_TEXT];

	(void)state;
	identity_make("52:54:00:12:34:56", id);
	/* What machines are known by since the first version: it must stay. */
	assert_string_equal(id, "7c9de6d998b94d16beb9ca9e14641a99");
}

static void of_the_form_of_a_random_uuid(void **state)
{
	char source[] = "4c4c4544-0042-3510-8054-b4c04f4e3732", id[IDENTITY_TEXT];

	(void)state;
	for (char c = '0'; c <= '9'; c++) {
		source[sizeof(source) - 2] = c;
		identity_make(source, id);
		assert_int_equal(strlen(id), 32);
		assert_int_equal(strspn(id, "0123456789abcdef"), 32);
		assert_int_equal(id[12], '4');
		assert_non_null(strchr("89ab", id[16]));
	}
}

static void another_for_the_next_machine(void **state)
{
	char one[IDENTITY_TEXT], other[IDENTITY_TEXT];

	(void)state;
	identity_make("52:54:00:12:34:56", one);
	identity_make("52:54:00:12:34:57", other);
	assert_string_not_equal(one, other);
	assert_string_not_equal(one + 16, other + 16);
}

static void what_vendors_leave_in_all_machines(void **state)
{
	(void)state;
	assert_true(identity_is_own("4c4c4544-0042-3510-8054-b4c04f4e3732"));
	assert_false(identity_is_own("00000000-0000-0000-0000-000000000000"));
	assert_false(identity_is_own("ffffffff-ffff-ffff-ffff-ffffffffffff"));
	assert_false(identity_is_own("FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF"));
	assert_false(identity_is_own("03000200-0400-0500-0006-000700080009"));
	assert_false(identity_is_own("Not Settable"));
	assert_false(identity_is_own(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_same_at_each_boot),
	        cmocka_unit_test(of_the_form_of_a_random_uuid),
	        cmocka_unit_test(another_for_the_next_machine),
	        cmocka_unit_test(what_vendors_leave_in_all_machines),
	};

	return cmocka_run_group_tests_name("init: identity", tests, NULL, NULL);
}
