/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a machine came up: what was counted, and what the target says of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tools/publish/trial.h"

static const struct aoe_address export = {.shelf = 1, .slot = 2};
static const struct mac mac = {{2, 0, 0, 0, 0, 1}};

static void judged(struct trial trial, int64_t used, enum trial_verdict verdict)
{
	assert_int_equal(trial_judge(&trial, used), verdict);
}

static void test_judge(void **state)
{
	(void)state;
	judged((struct trial){0}, 0, TRIAL_OPEN);
	judged((struct trial){0}, 1000, TRIAL_OPEN);
	judged((struct trial){.starts = 1, .time = 1000}, 0, TRIAL_OPEN);
	judged((struct trial){.starts = 1, .time = 1000}, 1000 + TRIAL_UP - 1, TRIAL_OPEN);
	judged((struct trial){.starts = 1, .time = 1000}, 1000 + TRIAL_UP, TRIAL_CAME_UP);
	judged((struct trial){.starts = 2, .time = 1000}, 1000 + TRIAL_UP, TRIAL_CAME_UP);
	judged((struct trial){.starts = 2, .time = 1000, .failed = true}, 2000, TRIAL_OPEN);
	judged((struct trial){.starts = 2, .time = 1000}, 500, TRIAL_OPEN);
	judged((struct trial){.starts = 3, .time = 1000}, 2000, TRIAL_FELL);
	judged((struct trial){.starts = 3, .time = 1000}, 0, TRIAL_FELL);
}

static void parsed(const char *text, struct trial expected)
{
	struct trial trial = trial_parse(text, "5a-b");

	assert_int_equal(trial.starts, expected.starts);
	assert_int_equal(trial.failed, expected.failed);
	assert_int_equal(trial.time, expected.time);
}

static void test_what_was_counted(void **state)
{
	(void)state;
	parsed("", (struct trial){0});
	parsed("s 100 5a-b\n", (struct trial){.starts = 1, .time = 100});
	parsed("s 100 5a-b\nf 200 5a-b\n",
	       (struct trial){.starts = 2, .failed = true, .time = 200});
	/* before this server was started */
	parsed("s 100 5a-b\ns 200 other\n", (struct trial){.starts = 2, .time = 0});
	parsed("s 100 5a-bc\n", (struct trial){.starts = 1, .time = 0});
	/* cut off, and what nobody has written */
	parsed("s 100 5a-b\ns 2", (struct trial){.starts = 1, .time = 100});
	parsed("s\n", (struct trial){.starts = 1, .time = INT64_MAX});
	parsed("s x 5a-b\n", (struct trial){.starts = 1, .time = INT64_MAX});
	parsed("\n", (struct trial){.starts = 1, .time = INT64_MAX});
	judged(trial_parse("s x 5a-b\n", "5a-b"), INT64_MAX - 1, TRIAL_OPEN);
	/* An id that cannot be read is that of no start. */
	assert_int_equal(trial_parse("s 100 \n", "").time, 0);
}

#define ME "{\"export\": \"e1.2\", \"mac\": \"02:00:00:00:00:01\", "

static void test_what_the_target_says(void **state)
{
	static const struct {
		const char *json;
		int64_t ms;
	} cases[] = {
	        {"", -1},
	        {ME "\"reads\": 1, \"seen_ms\": 77}", 77},
	        {"\"clients\": [" ME "\"seen_ms\": 0}]", 0},
	        /* another disk, another card, whoever writes */
	        {"{\"export\": \"e1.3\", \"mac\": \"02:00:00:00:00:01\", \"seen_ms\": 77}", -1},
	        {"{\"export\": \"e1.2\", \"mac\": \"02:00:00:00:00:02\", \"seen_ms\": 77}", -1},
	        {"\"writer\": {\"mac\": \"02:00:00:00:00:01\", \"seen_ms\": 77}", -1},
	        /* a layer, and only then somebody else */
	        {ME "\"bytes\": 1}, {\"export\": \"e0.0\", \"seen_ms\": 77}", -1},
	        {ME "\"bytes\": 1}, " ME "\"seen_ms\": 78}", 78},
	        /* cut off, or not a number */
	        {ME, -1},
	        {ME "\"seen_ms\": ", -1},
	        {ME "\"seen_ms\": x}", -1},
	        {ME "\"seen_ms\": 99999999999999999999}", -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(trial_find_use(cases[i].json, export, mac), cases[i].ms);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_judge),
	        cmocka_unit_test(test_what_was_counted),
	        cmocka_unit_test(test_what_the_target_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
