/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rd.netconsole= as the module's own parameter. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "init/netconsole.h"

static const struct mac mac = {{0x52, 0x54, 0, 0xab, 0xff, 7}};

static void assert_parameter(const char *text, const char *expected)
{
	char buffer[NETCONSOLE_PARAMETER];
	struct parse_error error;

	assert_int_equal(netconsole_check(text, &error), 0);
	assert_string_equal(netconsole_parameter(text, "eth1", mac, buffer), expected);
}

static void an_address_is_enough(void **state)
{
	(void)state;
	assert_parameter("10.0.0.1", "netconsole=@169.254.2.7/eth1,@10.0.0.1/");
	assert_parameter("514@10.0.0.1", "netconsole=@169.254.2.7/eth1,514@10.0.0.1/");
	assert_parameter("10.0.0.1/02-00-00-00-00-01",
	                 "netconsole=@169.254.2.7/eth1,@10.0.0.1/02:00:00:00:00:01");
	assert_parameter("fd00::1", "netconsole=@/eth1,@fd00::1/");
}

static void the_modules_own_way_is_taken(void **state)
{
	(void)state;
	assert_parameter("4444@10.0.0.2/eth0,9353@10.0.0.1/12:34:56:78:9a:bc",
	                 "netconsole=4444@10.0.0.2/eth0,9353@10.0.0.1/12:34:56:78:9a:bc");
	assert_parameter("@/,@10.0.0.1/", "netconsole=@169.254.2.7/eth1,@10.0.0.1/");
	assert_parameter("+@/eth0,@10.0.0.1/", "netconsole=+@169.254.2.7/eth0,@10.0.0.1/");
	assert_parameter(",10.0.0.1", "netconsole=@169.254.2.7/eth1,@10.0.0.1/");
}

static void what_is_wrong_is_told_with_its_place(void **state)
{
	static const struct {
		const char *text;
		size_t position;
		const char *problem;
	} wrong[] = {
	        {"", 0, "to send to"},
	        {"@/eth0,", 7, "to send to"},
	        {"10.0.0", 6, "IP address"},
	        {"10.0.0.256", 7, "IP address"},
	        {"10.0.0.1.1", 8, "IP address"},
	        {"server", 0, "IP address"},
	        {"fd00::x", 6, "IP address"},
	        {"@10.0.0/eth0,@10.0.0.1/", 7, "IP address"},
	        {"65536@10.0.0.1", 0, "a port"},
	        {"1x@10.0.0.1", 1, "a port"},
	        {"@/a-name-of-16-byt,@10.0.0.1/", 2, "name of a NIC"},
	        {"10.0.0.1/02:00", 9, "a MAC"},
	        {"10.0.0.1/02:00:00:00:00:01,", 27, "to send to"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct parse_error error;

		assert_int_equal(netconsole_check(wrong[i].text, &error), -EINVAL);
		assert_int_equal(error.position, wrong[i].position);
		assert_non_null(strstr(error.problem, wrong[i].problem));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(an_address_is_enough),
	        cmocka_unit_test(the_modules_own_way_is_taken),
	        cmocka_unit_test(what_is_wrong_is_told_with_its_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
