/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said of a pair that a timer brings up to date: whose data are old, how old, and what can
 * be done with them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tools/pair/apart.h"

enum { ALPHA, BETA };

static const int64_t last = 1795834807, now = 1795834807 + 5 * 3600 + 12 * 60;
static struct pairing pairing = {.cluster = PAIRING_NOBODY,
                                 .servers = {{.name = "alpha"}, {.name = "beta"}},
                                 .server_count = 2};
static struct pairing_export export = {.address = {0, 1}, .minor = 1};
static const struct notes whole = {.whole = last};

struct case_ {
	const char *state; /* as /proc/drbd has it, up to the protocol */
	size_t server;
	const struct notes *notes;
	const char *service;
	bool well;
	const char *words[4]; /* that are there, up to a null pointer */
};

static void tell(const struct case_ *c)
{
	struct mirrors mirrors;
	struct cluster cluster = {0};
	struct buffer text = {0}, json = {0};
	char line[128];
	struct tell_facts facts = {.pairing = &pairing,
	                           .export = &export,
	                           .server = c->server,
	                           .mirror = &mirrors.list[0],
	                           .cluster = &cluster,
	                           .service = c->service,
	                           .notes = c->notes,
	                           .now = now};

	snprintf(line, sizeof(line), " 1: %s C r-----\n", c->state);
	mirrors_parse(line, &mirrors);
	assert_int_equal(mirrors.count, 1);
	assert_int_equal(tell_words(&facts, &text), 0);
	assert_int_equal(tell_json(&facts, &json), 0);
	assert_int_equal(buffer_append(&text, (const char *)json.data, json.size), 0);
	assert_int_equal(buffer_append(&text, "", 1), 0);
	for (size_t i = 0; i < 4 && c->words[i]; i++)
		if (!strstr((char *)text.data, c->words[i]))
			fail_msg("expected: %s\nin:\n%s", c->words[i], (char *)text.data);
	assert_int_equal(tell_is_well(&facts), c->well);
	buffer_free(&text);
	buffer_free(&json);
}

static void test_primary(void **state)
{
	(void)state;
	tell(&(struct case_){
	        "cs:StandAlone ro:Primary/Unknown ds:UpToDate/Outdated",
	        ALPHA,
	        &whole,
	        "serving",
	        true,
	        {"mirror: apart: the data of beta are of 2026-11-28T03:00:07Z, 5 h 12 min old\n",
	         "if alpha died now: nobody takes over by itself; beta can, with the data of "
	         "2026-11-28T03:00:07Z, 5 h 12 min old: its 'etherroot pair status' says how\n",
	         "if beta died now: alpha goes on, if it serves\n",
	         "\"behind\": {\"server\": \"beta\", \"usable\": true, \"data_of\": "
	         "\"2026-11-28T03:00:07Z\", \"age_seconds\": 18720}"}});
}

static void test_other(void **state)
{
	(void)state;
	tell(&(struct case_){
	        "cs:WFConnection ro:Secondary/Unknown ds:Outdated/DUnknown",
	        BETA,
	        &whole,
	        "",
	        true,
	        {"e0.1: served by alpha, or by nobody: beta does not see it\n",
	         "mirror: apart: the data of beta are of 2026-11-28T03:00:07Z, 5 h 12 min old\n",
	         "if alpha died now: nobody takes over by itself; beta can, with the data of "
	         "2026-11-28T03:00:07Z, 5 h 12 min old: 'etherroot pair take e0.1 "
	         "--accept-data-of 2026-11-28T03:00:07Z'\n",
	         "if beta died now: alpha goes on, if it serves\n"}});
}

/* It was cut from the other one, and not let go of. */
static void test_other_lost_the_primary(void **state)
{
	(void)state;
	tell(&(struct case_){"cs:WFConnection ro:Secondary/Unknown ds:UpToDate/DUnknown",
	                     BETA,
	                     &whole,
	                     "",
	                     true,
	                     {"the data of beta are of 2026-11-28T03:00:07Z",
	                      "--accept-data-of 2026-11-28T03:00:07Z'\n"}});
}

static void test_nothing_noted(void **state)
{
	(void)state;
	tell(&(struct case_){"cs:WFConnection ro:Secondary/Unknown ds:Outdated/DUnknown",
	                     BETA,
	                     &(struct notes){0},
	                     "",
	                     false,
	                     {"the data of beta are of a time that is not known\n",
	                      "--accept-data-of unknown'\n", "\"data_of\": null"}});
	tell(&(struct case_){"cs:StandAlone ro:Primary/Unknown ds:UpToDate/Outdated",
	                     ALPHA,
	                     &(struct notes){0},
	                     "serving",
	                     false,
	                     {"apart: beta has not been brought up to date since alpha serves: "
	                      "'etherroot pair resync'\n",
	                      "if alpha died now: beta cannot take over\n", "\"usable\": false"}});
}

/* In the midst of a resync there is nothing to take. */
static void test_broken(void **state)
{
	(void)state;
	tell(&(struct case_){"cs:WFConnection ro:Secondary/Unknown ds:Inconsistent/DUnknown",
	                     BETA,
	                     &whole,
	                     "",
	                     false,
	                     {"the data of beta are of no use: a resync has not ended: 'A RESYNC "
	                      "THAT BROKE OFF' in etherroot-pair(7)\n",
	                      "if alpha died now: beta cannot take over\n", "\"usable\": false"}});
	tell(&(struct case_){"cs:StandAlone ro:Primary/Unknown ds:UpToDate/DUnknown",
	                     ALPHA,
	                     &(struct notes){.whole = last, .begun = last + 3600},
	                     "serving",
	                     false,
	                     {"the data of beta are of no use: a resync begun at "
	                      "2026-11-28T04:00:07Z has not ended: 'etherroot pair resync'",
	                      "if alpha died now: beta cannot take over\n"}});
}

static void test_connected(void **state)
{
	(void)state;
	tell(&(struct case_){
	        "cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate",
	        ALPHA,
	        &whole,
	        "serving",
	        true,
	        {"mirror: whole\n",
	         "if alpha died now: nobody takes over by itself; beta can, with everything "
	         "that was acknowledged: its 'etherroot pair status' says how\n",
	         "if beta died now: alpha goes on\n"}});
	tell(&(struct case_){"cs:SyncSource ro:Primary/Secondary ds:UpToDate/Inconsistent",
	                     ALPHA,
	                     &whole,
	                     "serving",
	                     false,
	                     {"mirror: beta is being brought up to date",
	                      "beta does not take over: its data are not complete (Inconsistent)\n",
	                      "\"usable\": false"}});
}

/* After a boot nobody serves; the half that was ahead knows that it was. */
static void test_former_primary(void **state)
{
	(void)state;
	tell(&(struct case_){"cs:WFConnection ro:Secondary/Unknown ds:UpToDate/Outdated",
	                     ALPHA,
	                     &whole,
	                     "",
	                     false,
	                     {"served by nobody: 'etherroot pair take e0.1' on alpha, when it sees "
	                      "beta\n",
	                      "the data of beta are of 2026-11-28T03:00:07Z"}});
}

static void test_split(void **state)
{
	const struct notes split = {.whole = last, .split = last + 1};

	(void)state;
	tell(&(struct case_){"cs:StandAlone ro:Primary/Unknown ds:UpToDate/Outdated",
	                     BETA,
	                     &split,
	                     "serving",
	                     false,
	                     {"mirror: beta does not speak with alpha: both have written",
	                      "if alpha died now: beta goes on, as it does already\n"}});
	/* A Secondary looks for the other one unless it was told not to. */
	tell(&(struct case_){"cs:StandAlone ro:Secondary/Unknown ds:UpToDate/Outdated",
	                     ALPHA,
	                     &whole,
	                     "",
	                     false,
	                     {"mirror: alpha does not speak with beta"}});
}

static void test_word(void **state)
{
	const struct mirror ahead = {.role = {"Primary"}, .disk = {"UpToDate", "Outdated"}},
	                    newest = {.role = {"Secondary"}, .disk = {"UpToDate", "Outdated"}},
	                    old = {.role = {"Secondary"}, .disk = {"Outdated", "DUnknown"}};
	char word[APART_WORD];

	(void)state;
	assert_string_equal(apart_word(&ahead, &whole, word), "newest");
	assert_string_equal(apart_word(&newest, &whole, word), "newest");
	assert_string_equal(apart_word(&old, &whole, word), "2026-11-28T03:00:07Z");
	assert_string_equal(apart_word(&old, &(struct notes){0}, word), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_primary),
	        cmocka_unit_test(test_other),
	        cmocka_unit_test(test_other_lost_the_primary),
	        cmocka_unit_test(test_nothing_noted),
	        cmocka_unit_test(test_broken),
	        cmocka_unit_test(test_connected),
	        cmocka_unit_test(test_former_primary),
	        cmocka_unit_test(test_split),
	        cmocka_unit_test(test_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
