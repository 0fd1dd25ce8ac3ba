/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What crm_mon says, as XML: recorded of Pacemaker 2.1.5, and changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "tests/unit/exact.h"
#include "tools/host/files.h"
#include "tools/pair/cluster.h"

static const struct pairing pairing = {.servers = {{.name = "alpha"}, {.name = "beta"}},
                                       .server_count = PAIRING_SERVERS};

static void parse(const char *text, struct cluster *cluster)
{
	size_t length = strlen(text);
	char *bytes = exact_copy(text, length);

	cluster_parse(bytes, length, &pairing, cluster);
	free(bytes);
}

static void test_recorded(void **state)
{
	struct cluster cluster;
	size_t length;
	char *text = files_read("tests/pair/recorded/crm_mon.xml", 1 << 20, &length);

	(void)state;
	assert_non_null(text);
	parse(text, &cluster);
	free(text);
	assert_true(cluster.runs && cluster.quorum && cluster.fencing && !cluster.maintenance);
	/* A resource's place is a node too, without "online". */
	assert_true(cluster.servers[0].online && cluster.servers[1].online);
	assert_false(cluster.servers[0].standby || cluster.servers[0].unclean);
	assert_int_equal(cluster.failures, 0);
}

static void test_trouble(void **state)
{
	struct cluster cluster;

	(void)state;
	parse("<a><current_dc present=\"true\" with_quorum=\"false\"/>\n"
	      "<cluster_options stonith-enabled=\"false\" maintenance-mode=\"true\"/>\n"
	      "<node name=\"gamma\" online=\"true\"/>"
	      "<node name=\"beta\" online=\"true\" standby=\"true\" unclean=\"true\" x=\"\"/>"
	      "<failure exitstatus=\"error\"/></a>",
	      &cluster);
	assert_true(cluster.runs && cluster.maintenance);
	assert_false(cluster.quorum || cluster.fencing || cluster.servers[0].online);
	assert_true(cluster.servers[1].online && cluster.servers[1].standby &&
	            cluster.servers[1].unclean);
	assert_int_equal(cluster.failures, 1);
	parse("<current_dc present=\"false\"/>", &cluster);
	assert_false(cluster.runs);
}

static void test_cut_off(void **state)
{
	static const char text[] = "<current_dc present=\"true\" with_quorum=\"true\"/><node "
	                           "name=\"alpha\" online=\"true\"/>";
	struct cluster cluster;

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++) {
		char *part = strndup(text, i);

		parse(part, &cluster);
		assert_int_equal(cluster.servers[0].online, i == sizeof(text) - 1);
		free(part);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_recorded),
	        cmocka_unit_test(test_trouble),
	        cmocka_unit_test(test_cut_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
