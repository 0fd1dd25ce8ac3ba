/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An export's claim to its address: when others are asked for it, and when it is free. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "tools/serve/export/claim.h"
#include "tools/serve/wire/sink.h"

enum { START = 1000000, LISTEN = 140 };

static const struct mac other = {{2, 0, 0, 0, 0, 1}}, third = {{2, 0, 0, 0, 0, 2}};

static enum claim_step step(struct claim *claim, uint64_t now)
{
	return claim_step(claim, now, LISTEN, true);
}

/* The questions of a round, each when it is due. Returns when the round is over. */
static uint64_t ask_all(struct claim *claim, uint64_t now)
{
	for (int i = 0; i < CLAIM_QUESTIONS; i++) {
		assert_int_equal(step(claim, now), CLAIM_ASK);
		assert_int_equal(step(claim, claim->due - 1), CLAIM_WAIT);
		now = claim->due;
	}
	return now;
}

static void a_free_address_is_served_after_the_time_to_listen(void **state)
{
	struct claim claim = {0};

	(void)state;
	assert_int_equal(ask_all(&claim, START), START + LISTEN);
	assert_int_equal(step(&claim, START + LISTEN), CLAIM_FREE);
}

/* A broadcast may be lost; the last question has the longest time. */
static void it_is_asked_for_several_times(void **state)
{
	static const uint64_t times[] = {START, START + LISTEN / 7, START + 3 * LISTEN / 7};
	struct claim claim = {0};

	(void)state;
	for (size_t i = 0; i < CLAIM_QUESTIONS; i++) {
		assert_int_equal(step(&claim, times[i]), CLAIM_ASK);
		assert_int_equal(claim.asked, i + 1);
	}
	assert_int_equal(step(&claim, START + LISTEN - 1), CLAIM_WAIT);
}

/* When the loop stood still, the next question has its time all the same. */
static void a_question_that_is_late_has_its_time(void **state)
{
	struct claim claim = {0};

	(void)state;
	step(&claim, START);
	assert_int_equal(step(&claim, START + 1000), CLAIM_ASK);
	assert_int_equal(claim.due, START + 1000 + 2 * LISTEN / 7);
}

static void an_answer_to_any_of_them_takes_it(void **state)
{
	for (int heard = 1; heard <= CLAIM_QUESTIONS; heard++) {
		struct claim claim = {0};

		(void)state;
		for (int i = 0; i < heard; i++)
			assert_int_equal(step(&claim, i ? claim.due : START), CLAIM_ASK);
		assert_true(claim_heard(&claim, other, claim.due - 1));
		assert_int_equal(step(&claim, claim.due - 1), CLAIM_WAIT);
		assert_true(claim.taken);
	}
}

/* Whoever has it may not have heard the first ones. */
static void a_round_begins_anew_when_the_lan_is_heard_first(void **state)
{
	struct claim claim = {0};

	(void)state;
	step(&claim, START);
	step(&claim, claim.due);
	claim_ask_anew(&claim);
	assert_int_equal(ask_all(&claim, START + LISTEN), START + 2 * LISTEN);
	/* One that is taken has been heard. */
	claim_heard(&claim, other, START + 2 * LISTEN);
	claim_ask_anew(&claim);
	assert_int_equal(step(&claim, START + 2 * LISTEN), CLAIM_WAIT);
}

static void an_answer_takes_it(void **state)
{
	struct claim claim = {0};

	(void)state;
	step(&claim, START);
	assert_true(claim_heard(&claim, other, START + 10));
	assert_true(claim.taken && mac_equal(claim.other, other));
	assert_int_equal(claim.since, START + 10);
	assert_int_equal(step(&claim, START + LISTEN), CLAIM_WAIT);
	assert_int_equal(claim.due, START + 10 + CLAIM_PAUSE_MIN);
}

/* Two of them, one after the other, are one piece of news. */
static void it_is_news_once(void **state)
{
	struct claim claim = {0};

	(void)state;
	step(&claim, START);
	assert_true(claim_heard(&claim, other, START));
	assert_false(claim_heard(&claim, other, START + 1));
	assert_false(claim_heard(&claim, third, START + 2));
	assert_true(mac_equal(claim.other, third));
	assert_int_equal(claim.since, START);
}

static void it_is_asked_again_less_and_less_often(void **state)
{
	static const unsigned int pauses[] = {2000, 4000, 8000, 16000, 30000, 30000};
	struct claim claim = {0};
	uint64_t now = START;

	(void)state;
	for (size_t i = 0; i < sizeof(pauses) / sizeof(pauses[0]); i++) {
		assert_int_equal(step(&claim, now), CLAIM_ASK);
		claim_heard(&claim, other, now);
		assert_int_equal(claim.due, now + pauses[i]);
		assert_int_equal(step(&claim, now + pauses[i] - 1), CLAIM_WAIT);
		now += pauses[i];
	}
}

/* What was not asked for says that it is still there, and not that it answers. */
static void an_announcement_puts_the_question_off(void **state)
{
	struct claim claim = {0};

	(void)state;
	step(&claim, START);
	claim_heard(&claim, other, START);
	claim_heard(&claim, other, START + 1500);
	assert_int_equal(claim.due, START + 1500 + CLAIM_PAUSE_MIN);
	assert_int_equal(step(&claim, START + CLAIM_PAUSE_MIN), CLAIM_WAIT);
}

/* Asks once in vain; returns when the next question is due. */
static uint64_t miss(struct claim *claim, uint64_t now)
{
	now = ask_all(claim, now);
	assert_int_equal(step(claim, now), CLAIM_WAIT);
	assert_int_equal(claim->due, now + CLAIM_PAUSE_MIN);
	return claim->due;
}

static void it_is_free_after_some_questions_in_vain(void **state)
{
	struct claim claim = {0};
	uint64_t now;

	(void)state;
	step(&claim, START);
	claim_heard(&claim, other, START);
	now = claim.due;
	for (int i = 1; i < CLAIM_MISSES; i++)
		now = miss(&claim, now);
	assert_int_equal(step(&claim, ask_all(&claim, now)), CLAIM_FREE);
}

/* One that was started anew has its place again. */
static void an_answer_makes_up_for_those_in_vain(void **state)
{
	struct claim claim = {0};
	uint64_t now;

	(void)state;
	step(&claim, START);
	claim_heard(&claim, other, START);
	now = claim.due;
	for (int round = 0; round < 3; round++) {
		for (int i = 1; i < CLAIM_MISSES; i++)
			now = miss(&claim, now);
		assert_int_equal(step(&claim, now), CLAIM_ASK);
		claim_heard(&claim, other, now + 1);
		now = claim.due;
	}
	assert_true(claim.taken);
}

static void nobody_is_asked_where_the_link_is_down(void **state)
{
	struct claim claim = {0};

	(void)state;
	assert_true(claim_is_asking(&claim));
	assert_int_equal(claim_step(&claim, START, LISTEN, false), CLAIM_WAIT);
	assert_int_equal(claim.due, CLAIM_NEVER);
	assert_false(claim_is_asking(&claim));
	assert_int_equal(step(&claim, START + 5000), CLAIM_ASK);
	assert_true(claim_is_asking(&claim));
	/* It goes while an answer is waited for: that there is none says nothing. */
	assert_int_equal(claim_step(&claim, START + 5000 + LISTEN, LISTEN, false), CLAIM_WAIT);
	assert_int_equal(step(&claim, ask_all(&claim, START + 9000)), CLAIM_FREE);
}

static void a_link_that_is_down_frees_nothing(void **state)
{
	struct claim claim = {0};
	uint64_t now;

	(void)state;
	step(&claim, START);
	claim_heard(&claim, other, START);
	now = claim.due;
	for (int i = 1; i < CLAIM_MISSES; i++)
		now = miss(&claim, now);
	assert_int_equal(step(&claim, now), CLAIM_ASK);
	assert_int_equal(claim_step(&claim, now + LISTEN, LISTEN, false), CLAIM_WAIT);
	assert_true(claim.taken);
	/* From the beginning. */
	for (int i = 1; i < CLAIM_MISSES; i++)
		now = miss(&claim, now + LISTEN);
	assert_true(claim.taken);
}

static void an_export_has_one_for_each_lan(void **state)
{
	struct sink a = {0}, b = {0};
	struct claim *claims = NULL;

	(void)state;
	assert_false(claim_is_asking(claims));
	assert_null(claim_find_taken(claims));
	assert_int_equal(claim_add(&claims, &a), 0);
	assert_int_equal(claim_add(&claims, &b), 0);
	assert_ptr_equal(claim_find(claims, &a)->sink, &a);
	claim_heard(claim_find(claims, &a), other, START);
	assert_ptr_equal(claim_find_taken(claims), claim_find(claims, &a));
	assert_true(claim_is_asking(claims));
	claim_drop(&claims, &b);
	assert_null(claim_find(claims, &b));
	assert_false(claim_is_asking(claims));
	claim_drop(&claims, &b);
	claim_drop_all(&claims);
	assert_null(claims);
}

/* An initiator on both LANs would have two disks for one. */
static void what_is_taken_on_one_lan_is_served_on_none(void **state)
{
	const struct sink lans[2] = {{.name = "here"}, {.name = "there"}};
	struct claim *list = NULL, *here, *there;

	(void)state;
	assert_int_equal(claim_add(&list, &lans[1]), 0);
	assert_int_equal(claim_add(&list, &lans[0]), 0);
	here = claim_find(list, &lans[0]);
	there = claim_find(list, &lans[1]);
	assert_null(claim_find_elsewhere(list, here));
	claim_heard(there, other, START);
	assert_ptr_equal(claim_find_elsewhere(list, here), there);
	assert_null(claim_find_elsewhere(list, there));
	assert_true(claim_defer(here, there, START));
	assert_true(here->taken && mac_equal(here->other, other));
	/* Who asks why is told of the LAN on which it is answered. */
	assert_ptr_equal(claim_find_taken(list), there);
	/* Neither waits for the other for ever. */
	assert_null(claim_find_elsewhere(list, there));
	assert_int_equal(step(here, ask_all(here, START + CLAIM_PAUSE_MIN)), CLAIM_FREE);
	assert_false(claim_defer(here, there, START + CLAIM_PAUSE_MIN + LISTEN));
	/* Somebody comes there too. */
	assert_true(claim_heard(here, third, START + 5000));
	assert_ptr_equal(claim_find_elsewhere(list, there), here);
	claim_drop_all(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_free_address_is_served_after_the_time_to_listen),
	        cmocka_unit_test(it_is_asked_for_several_times),
	        cmocka_unit_test(a_question_that_is_late_has_its_time),
	        cmocka_unit_test(an_answer_takes_it),
	        cmocka_unit_test(an_answer_to_any_of_them_takes_it),
	        cmocka_unit_test(a_round_begins_anew_when_the_lan_is_heard_first),
	        cmocka_unit_test(it_is_news_once),
	        cmocka_unit_test(it_is_asked_again_less_and_less_often),
	        cmocka_unit_test(an_announcement_puts_the_question_off),
	        cmocka_unit_test(it_is_free_after_some_questions_in_vain),
	        cmocka_unit_test(an_answer_makes_up_for_those_in_vain),
	        cmocka_unit_test(nobody_is_asked_where_the_link_is_down),
	        cmocka_unit_test(a_link_that_is_down_frees_nothing),
	        cmocka_unit_test(an_export_has_one_for_each_lan),
	        cmocka_unit_test(what_is_taken_on_one_lan_is_served_on_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
