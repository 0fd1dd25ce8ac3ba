/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said of a pair: each state of its mirror and its cluster, in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tools/pair/tell.h"

static struct pairing pairing = {.cluster = PAIRING_PACEMAKER,
                                 .servers = {{.name = "alpha"}, {.name = "beta"}},
                                 .server_count = 2};
static struct pairing_export export = {.address = {0, 1}, .minor = 1};
static const struct cluster good = {.runs = true,
                                    .quorum = true,
                                    .fencing = true,
                                    .servers = {{.online = true}, {.online = true}}};

/* What is asked of one state. */
struct case_ {
	const char *connection, *roles, *disks, *flags;
	const char *words[5]; /* that are there, up to a null pointer */
	bool well;
};

/* The line of /proc/drbd, by which the parser has its part in it. */
static void make_mirror(const struct case_ *c, struct mirrors *mirrors)
{
	char line[256];

	snprintf(line, sizeof(line),
	         " 1: cs:%s ro:%s ds:%s C %s\n\tsync'ed: 25.3%% \n finish: 0:03:12\n",
	         c->connection, c->roles, c->disks, c->flags ? c->flags : "r-----");
	mirrors_parse(line, mirrors);
	assert_int_equal(mirrors->count, 1);
}

static void tell(const struct case_ *c, const struct cluster *cluster, const char *service,
                 size_t server)
{
	struct mirrors mirrors;
	struct buffer text = {0};
	struct tell_facts facts = {.pairing = &pairing,
	                           .export = &export,
	                           .server = server,
	                           .cluster = cluster,
	                           .service = service};

	if (c->connection) {
		make_mirror(c, &mirrors);
		facts.mirror = &mirrors.list[0];
	}
	assert_int_equal(tell_words(&facts, &text), 0);
	assert_int_equal(buffer_append(&text, "", 1), 0);
	for (size_t i = 0; i < 5 && c->words[i]; i++)
		if (!strstr((char *)text.data, c->words[i]))
			fail_msg("expected: %s\nin:\n%s", c->words[i], (char *)text.data);
	assert_int_equal(tell_is_well(&facts), c->well);
	buffer_free(&text);
}

static void here(const struct case_ *c)
{
	tell(c, &good, "serving", 0);
}

static void test_whole(void **state)
{
	(void)state;
	here(&(struct case_){
	        "Connected",
	        "Primary/Secondary",
	        "UpToDate/UpToDate",
	        NULL,
	        {"e0.1: served by alpha (this server)\n", "mirror: whole\n",
	         "if alpha died now: beta takes over, with everything that was "
	         "acknowledged\n",
	         "if beta died now: alpha goes on; its writes wait until the lost one is "
	         "known to be off\n"},
	        true});
}

static void test_whole_from_the_other(void **state)
{
	(void)state;
	tell(&(struct case_){"Connected",
	                     "Secondary/Primary",
	                     "UpToDate/UpToDate",
	                     NULL,
	                     {"e0.1: served by alpha\n", "mirror: whole\n",
	                      "if alpha died now: beta takes over"},
	                     true},
	     &good, "", 1);
}

static void test_resync(void **state)
{
	(void)state;
	here(&(struct case_){
	        "SyncSource",
	        "Primary/Secondary",
	        "UpToDate/Inconsistent",
	        NULL,
	        {"mirror: beta is being brought up to date: 25.3 %, 0:03:12 to go\n",
	         "if alpha died now: beta does not take over: its data are not complete "
	         "(Inconsistent)\n",
	         "if beta died now: alpha goes on"},
	        false});
	here(&(struct case_){
	        "SyncTarget",
	        "Primary/Secondary",
	        "Inconsistent/UpToDate",
	        NULL,
	        {"mirror: alpha is being brought up to date: 25.3 %",
	         "if alpha died now: beta takes over, as soon as it knows that its data are the "
	         "newest\n",
	         "if beta died now: alpha cannot go on: its own data are not complete "
	         "(Inconsistent): clients wait\n"},
	        false});
}

static void test_alone(void **state)
{
	struct cluster cluster = good;

	(void)state;
	cluster.servers[1].online = false;
	tell(&(struct case_){"WFConnection",
	                     "Primary/Unknown",
	                     "UpToDate/Outdated",
	                     NULL,
	                     {"mirror: half: alpha does not see beta (WFConnection); its data are "
	                      "good\n",
	                      "if alpha died now: beta cannot take over: it is not there\n",
	                      "if beta died now: alpha goes on, as it does already\n"},
	                     false},
	     &cluster, "serving", 0);
	/* The link is cut, and both are in the cluster. */
	here(&(struct case_){
	        "WFConnection",
	        "Primary/Unknown",
	        "UpToDate/Outdated",
	        NULL,
	        {"if alpha died now: beta does not take over: its data are not complete "
	         "(Outdated)\n"},
	        false});
}

static void test_suspended(void **state)
{
	(void)state;
	here(&(struct case_){
	        "WFConnection",
	        "Primary/Unknown",
	        "UpToDate/DUnknown",
	        "s-----",
	        {"mirror: writes wait until beta is known to be off: if its fence fails, "
	         "switch it off by hand\n"},
	        false});
}

static void test_one_came_back_alone(void **state)
{
	(void)state;
	tell(&(struct case_){"WFConnection",
	                     "Secondary/Unknown",
	                     "Consistent/DUnknown",
	                     NULL,
	                     {"e0.1: served by nobody\n",
	                      "mirror: half: beta does not see alpha (WFConnection), and does not "
	                      "know that its own data (Consistent) are the newest\n"},
	                     false},
	     &good, "", 1);
}

static void test_split(void **state)
{
	(void)state;
	here(&(struct case_){
	        "StandAlone",
	        "Primary/Unknown",
	        "UpToDate/DUnknown",
	        NULL,
	        {"mirror: alpha does not speak with beta: both have written, or one was "
	         "told to: 'SPLIT BRAIN' in etherroot-pair(7)\n",
	         "if beta died now: alpha goes on, as it does already\n"},
	        false});
}

static void test_disks(void **state)
{
	(void)state;
	here(&(struct case_){"Connected",
	                     "Primary/Secondary",
	                     "Diskless/UpToDate",
	                     NULL,
	                     {"mirror: the disk of alpha has failed (Diskless); all is read and "
	                      "written on beta\n",
	                      "if alpha died now: beta takes over",
	                      "if beta died now: alpha cannot go on"},
	                     false});
	here(&(struct case_){"Connected",
	                     "Primary/Secondary",
	                     "UpToDate/Diskless",
	                     NULL,
	                     {"mirror: half: the disk of beta has failed\n",
	                      "if alpha died now: beta does not take over"},
	                     false});
}

/* DRBD goes on calling both UpToDate. */
static void test_verify_has_found(void **state)
{
	(void)state;
	here(&(struct case_){
	        "Connected",
	        "Primary/Secondary",
	        "UpToDate/UpToDate",
	        "r-----\n    ns:0 nr:0 dw:0 dr:2128 al:0 bm:0 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:8",
	        {"mirror: 8 KiB are not the same on both, as a verify has found: "
	         "'THE HALVES DIFFER' in etherroot-pair(7)\n",
	         "if alpha died now: beta takes over, with other data in 8 KiB\n",
	         "if beta died now: alpha goes on"},
	        false});
}

static void test_unsettled(void **state)
{
	(void)state;
	here(&(struct case_){
	        "Connected",
	        "Secondary/Secondary",
	        "Inconsistent/Inconsistent",
	        NULL,
	        {"served by nobody\n",
	         "mirror: not settled: Connected, Inconsistent here, Inconsistent there\n"},
	        false});
	here(&(struct case_){.words = {"served by nobody\n",
	                               "mirror: not up on alpha: the cluster brings it up"}});
}

static void test_both(void **state)
{
	(void)state;
	here(&(struct case_){"Connected",
	                     "Primary/Primary",
	                     "UpToDate/UpToDate",
	                     NULL,
	                     {"promoted on both servers", "with half of what was written"},
	                     false});
}

static void test_service(void **state)
{
	const struct case_ silent =
	                           {"Connected",
	                            "Primary/Secondary",
	                            "UpToDate/UpToDate",
	                            NULL,
	                            {"promoted on alpha (this server), but silent: clients wait\n"},
	                            false},
	                   none = {"Connected",
	                           "Primary/Secondary",
	                           "UpToDate/UpToDate",
	                           NULL,
	                           {"promoted on alpha, but not served: clients wait\n"},
	                           false};

	(void)state;
	tell(&silent, &good, "silent", 0);
	tell(&none, &good, "", 0);
}

static void says(const struct cluster *cluster, const char *words)
{
	tell(&(struct case_){"Connected",
	                     "Primary/Secondary",
	                     "UpToDate/UpToDate",
	                     NULL,
	                     {words},
	                     false},
	     cluster, "serving", 0);
}

static void test_cluster(void **state)
{
	struct cluster cluster;

	(void)state;
	cluster = good;
	cluster.runs = false;
	says(&cluster, "if alpha died now: the cluster does not run here: nobody takes over\n");
	cluster = good;
	cluster.quorum = false;
	says(&cluster, "if alpha died now: the cluster has no quorum");
	cluster = good;
	cluster.fencing = false;
	says(&cluster, "if alpha died now: fencing is off: nobody may take over safely\n");
	cluster = good;
	cluster.maintenance = true;
	says(&cluster, "if alpha died now: the cluster is in maintenance mode");
	cluster = good;
	cluster.failures = 2;
	says(&cluster, "  cluster: actions have failed: 'crm_mon -1' shows them");
	cluster = good;
	cluster.servers[1].standby = true;
	says(&cluster, "if alpha died now: beta cannot take over: it is not there\n");
}

static void test_json(void **state)
{
	const struct case_ sync = {
	        "SyncSource", "Primary/Secondary", "UpToDate/Inconsistent", NULL, {NULL}, false};
	struct mirrors mirrors;
	struct buffer text = {0};
	struct tell_facts facts = {
	        .pairing = &pairing, .export = &export, .cluster = &good, .service = "serving"};

	(void)state;
	make_mirror(&sync, &mirrors);
	facts.mirror = &mirrors.list[0];
	assert_int_equal(tell_json(&facts, &text), 0);
	assert_int_equal(buffer_append(&text, "", 1), 0);
	assert_non_null(strstr(
	        (char *)text.data,
	        "{\"export\": \"e0.1\", \"served_by\": \"alpha\", \"here\": "
	        "\"serving\", \"mirror\": \"ahead\", \"connection\": \"SyncSource\", "
	        "\"well\": false, \"percent\": 25.3, \"failures\": 0, \"servers\": [{\"name\": "
	        "\"alpha\", \"there\": true, \"disk\": \"UpToDate\", "));
	buffer_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_whole),
	        cmocka_unit_test(test_whole_from_the_other),
	        cmocka_unit_test(test_resync),
	        cmocka_unit_test(test_alone),
	        cmocka_unit_test(test_suspended),
	        cmocka_unit_test(test_one_came_back_alone),
	        cmocka_unit_test(test_split),
	        cmocka_unit_test(test_disks),
	        cmocka_unit_test(test_unsettled),
	        cmocka_unit_test(test_both),
	        cmocka_unit_test(test_service),
	        cmocka_unit_test(test_cluster),
	        cmocka_unit_test(test_verify_has_found),
	        cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
