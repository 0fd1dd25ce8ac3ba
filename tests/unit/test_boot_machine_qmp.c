/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What QEMU says on its control socket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/boot/machine/qmp.h"

static void messages_are_told_apart(void **state)
{
	struct qmp_message m;

	(void)state;
	assert_int_equal(qmp_parse("{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 22}}, "
	                           "\"capabilities\": [\"oob\"]}}\r",
	                           &m),
	                 0);
	assert_int_equal(m.kind, QMP_GREETING);
	assert_int_equal(qmp_parse("{\"return\": {}}\r", &m), 0);
	assert_int_equal(m.kind, QMP_RETURN);
	assert_int_equal(qmp_parse("{\"error\": {\"class\": \"DeviceNotFound\", \"desc\": "
	                           "\"Device 'nic' not found\"}}",
	                           &m),
	                 0);
	assert_int_equal(m.kind, QMP_ERROR);
	assert_string_equal(m.name, "Device 'nic' not found");
}

static void events_have_a_name_and_a_reason(void **state)
{
	struct qmp_message m;

	(void)state;
	assert_int_equal(qmp_parse("{\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, "
	                           "\"event\": \"SHUTDOWN\", \"data\": {\"guest\": true, "
	                           "\"reason\": \"guest-shutdown\"}}\r",
	                           &m),
	                 0);
	assert_int_equal(m.kind, QMP_EVENT);
	assert_string_equal(m.name, "SHUTDOWN");
	assert_string_equal(m.reason, "guest-shutdown");
	assert_int_equal(qmp_parse("{\"timestamp\": {}, \"event\" : \"RESUME\"}", &m), 0);
	assert_string_equal(m.name, "RESUME");
	assert_string_equal(m.reason, "");
}

static void nonsense_is_no_message(void **state)
{
	static const char *const cases[] = {"",
	                                    "x",
	                                    "{}",
	                                    "[1]",
	                                    "{\"event\": 7}",
	                                    "{\"event\"",
	                                    "{\"event\":",
	                                    "{\"data\": \"event\"}"};
	struct qmp_message m;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(qmp_parse(cases[i], &m), -EBADMSG);
}

static void long_values_are_cut(void **state)
{
	struct qmp_message m;
	char line[512] = "{\"error\": {\"desc\": \"";

	(void)state;
	memset(line + strlen(line), 'x', 300);
	assert_int_equal(qmp_parse(line, &m), 0);
	assert_int_equal(strlen(m.name), sizeof(m.name) - 1);
	strcpy(line, "{\"error\": {\"desc\": \"");
	for (int i = 0; i < 100; i++)
		strcat(line, "\\n");
	assert_int_equal(qmp_parse(line, &m), 0);
	assert_in_range(strlen(m.name), 1, sizeof(m.name) - 1);
}

static void set_link_names_the_device(void **state)
{
	char *line = qmp_set_link("nic", false);

	(void)state;
	assert_string_equal(line, "{\"execute\": \"set_link\", \"arguments\": {\"name\": \"nic\", "
	                          "\"up\": false}}\n");
	free(line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(messages_are_told_apart),
	        cmocka_unit_test(events_have_a_name_and_a_reason),
	        cmocka_unit_test(nonsense_is_no_message),
	        cmocka_unit_test(long_values_are_cut),
	        cmocka_unit_test(set_link_names_the_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
