/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tenure of an export that is being opened again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "tools/serve/export/tenure.h"
#include "tools/serve/wire/sink.h"

enum { START = 1000000 };

static const struct aoe_address disk = {7, 3}, other = {7, 4};
static const struct sink here, there;

static bool takes(struct tenure **tenures, struct aoe_address address, const struct sink *sink,
                  uint64_t now)
{
	bool forced = false;

	return tenure_take(tenures, address, sink, now, &forced);
}

static void keep(struct tenure **tenures, struct aoe_address address, const struct sink *sink)
{
	tenure_keep(tenures, &(struct tenure){.address = address, .sink = sink}, START);
}

static void what_was_kept_is_taken_once(void **state)
{
	struct tenure *tenures = NULL;

	(void)state;
	keep(&tenures, disk, &here);
	assert_false(takes(&tenures, other, &here, START));
	assert_false(takes(&tenures, disk, &there, START));
	assert_true(takes(&tenures, disk, &here, START + TENURE_KEPT - 1));
	assert_false(takes(&tenures, disk, &here, START));
	assert_null(tenures);
}

static void it_is_not_kept_for_ever(void **state)
{
	struct tenure *tenures = NULL;

	(void)state;
	keep(&tenures, disk, &here);
	assert_false(takes(&tenures, disk, &here, START + TENURE_KEPT));
	assert_null(tenures);
}

static void another_that_answers_has_it(void **state)
{
	struct tenure *tenures = NULL;

	(void)state;
	keep(&tenures, disk, &here);
	keep(&tenures, disk, &there);
	tenure_lose(&tenures, disk, &there);
	assert_false(takes(&tenures, disk, &there, START));
	assert_true(takes(&tenures, disk, &here, START));
}

static void with_a_lan_all_of_it_go(void **state)
{
	struct tenure *tenures = NULL;

	(void)state;
	keep(&tenures, disk, &here);
	keep(&tenures, other, &here);
	keep(&tenures, disk, &there);
	tenure_lose_all(&tenures, &here);
	assert_false(takes(&tenures, disk, &here, START));
	assert_false(takes(&tenures, other, &here, START));
	assert_non_null(tenures);
	tenure_lose_all(&tenures, NULL);
	assert_null(tenures);
}

static void what_was_forced_stays_so(void **state)
{
	struct tenure *tenures = NULL;
	bool forced = false;

	(void)state;
	keep(&tenures, disk, &here);
	tenure_keep(&tenures, &(struct tenure){.address = disk, .sink = &here, .forced = true},
	            START);
	assert_true(tenure_take(&tenures, disk, &here, START, &forced));
	assert_true(forced);
	assert_null(tenures);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(what_was_kept_is_taken_once),
	        cmocka_unit_test(it_is_not_kept_for_ever),
	        cmocka_unit_test(another_that_answers_has_it),
	        cmocka_unit_test(with_a_lan_all_of_it_go),
	        cmocka_unit_test(what_was_forced_stays_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
