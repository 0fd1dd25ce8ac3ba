/* SPDX-License-Identifier: GPL-2.0-or-later */
/* shelf.slot and MAC addresses as people write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "tools/aoe/address.h"

static void addresses_are_read(void **state)
{
	static const struct {
		const char *text;
		int result;
		unsigned int shelf, slot;
	} cases[] = {
	        {"0.0", 0, 0, 0},
	        {"e0.0", 0, 0, 0},
	        {"e65534.254", 0, 65534, 254},
	        {"007.01", 0, 7, 1},
	        {"65535.0", -ERANGE, 0, 0},
	        {"0.255", -ERANGE, 0, 0},
	        {"99999999999999999999.0", -ERANGE, 0, 0},
	        {"4294967296.0", -ERANGE, 0, 0},
	        {"0.4294967296", -ERANGE, 0, 0},
	        {"", -EINVAL, 0, 0},
	        {"e", -EINVAL, 0, 0},
	        {"1", -EINVAL, 0, 0},
	        {"1.", -EINVAL, 0, 0},
	        {".1", -EINVAL, 0, 0},
	        {"-1.0", -EINVAL, 0, 0},
	        {"1.+1", -EINVAL, 0, 0},
	        {" 1.1", -EINVAL, 0, 0},
	        {"1.1 ", -EINVAL, 0, 0},
	        {"1.1p1", -EINVAL, 0, 0},
	        {"ee1.1", -EINVAL, 0, 0},
	        {"99999.x", -EINVAL, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct aoe_address address = {0, 0};

		if (aoe_address_parse(cases[i].text, NULL, &address) != cases[i].result)
			fail_msg("%s", cases[i].text);
		assert_int_equal(address.shelf, cases[i].shelf);
		assert_int_equal(address.slot, cases[i].slot);
	}
}

static void an_address_ends_where_it_ends(void **state)
{
	struct aoe_address address;
	const char *end;

	(void)state;
	assert_int_equal(aoe_address_parse("e3.1p2", &end, &address), 0);
	assert_string_equal(end, "p2");
}

static void addresses_are_written(void **state)
{
	char text[AOE_ADDRESS_TEXT];

	(void)state;
	assert_string_equal(aoe_address_format((struct aoe_address){0, 0}, text), "e0.0");
	assert_string_equal(aoe_address_format((struct aoe_address){65535, 255}, text),
	                    "e65535.255");
}

static void addresses_have_an_order(void **state)
{
	const struct aoe_address a = {1, 200}, b = {2, 0}, c = {2, 1};

	(void)state;
	assert_true(aoe_address_compare(a, b) < 0);
	assert_true(aoe_address_compare(c, b) > 0);
	assert_int_equal(aoe_address_compare(b, b), 0);
}

static void macs_are_read(void **state)
{
	static const struct mac want = {{0x52, 0x54, 0x00, 0xab, 0xcd, 0xef}};
	static const char *const good[] = {"52:54:00:ab:cd:ef", "52:54:00:AB:CD:EF",
	                                   "52-54-00-ab-cd-ef", "525400abcdef"};
	static const char *const bad[] = {"",
	                                  "52",
	                                  "52:54:00:ab:cd",
	                                  "52:54:00:ab:cd:e",
	                                  "52:54:00:ab:cd:eg",
	                                  "52:54:00:ab:cd:ef:00",
	                                  "52:54-00:ab:cd:ef",
	                                  "5254:00ab:cdef",
	                                  "52540:0abcdef",
	                                  " 52:54:00:ab:cd:ef",
	                                  "+2:54:00:ab:cd:ef"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct mac mac = {{0}};

		if (mac_parse(good[i], NULL, &mac) || !mac_equal(mac, want))
			fail_msg("%s", good[i]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct mac mac = {{0}};

		if (mac_parse(bad[i], NULL, &mac) != -EINVAL)
			fail_msg("%s", bad[i]);
	}
}

static void a_mac_ends_where_it_ends(void **state)
{
	struct mac mac;
	const char *end;

	(void)state;
	assert_int_equal(mac_parse("525400abcdef,525400abcdee", &end, &mac), 0);
	assert_string_equal(end, ",525400abcdee");
}

static void macs_are_written(void **state)
{
	char text[MAC_TEXT];

	(void)state;
	assert_string_equal(mac_format(mac_broadcast, text), "ff:ff:ff:ff:ff:ff");
}

static void groups_are_told_from_hosts(void **state)
{
	(void)state;
	assert_true(mac_is_group(mac_broadcast));
	assert_true(mac_is_group((struct mac){{0x01, 0, 0x5e, 0, 0, 1}}));
	assert_false(mac_is_group((struct mac){{0x02, 0, 0, 0, 0, 1}}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(addresses_are_read),
	        cmocka_unit_test(an_address_ends_where_it_ends),
	        cmocka_unit_test(addresses_are_written),
	        cmocka_unit_test(addresses_have_an_order),
	        cmocka_unit_test(macs_are_read),
	        cmocka_unit_test(a_mac_ends_where_it_ends),
	        cmocka_unit_test(macs_are_written),
	        cmocka_unit_test(groups_are_told_from_hosts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
