/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is counted of an export, and for which of its clients. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "tools/serve/watch/stats.h"

enum { START = 1000000 };

static struct stats stats;

static int setup(void **state)
{
	(void)state;
	memset(&stats, 0, sizeof(stats));
	return 0;
}

static struct mac mac_of(unsigned int number)
{
	return (struct mac){
	        {2, 0, 0, (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number}};
}

static const struct stats_client *find(unsigned int number)
{
	for (size_t i = 0; i < stats.client_count; i++)
		if (mac_equal(stats.clients[i].mac, mac_of(number)))
			return &stats.clients[i];
	return NULL;
}

static void read_by(unsigned int number, uint64_t now)
{
	stats_answered(&stats, mac_of(number), false, 512, 1000, now);
}

static void each_client_has_its_own(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < STATS_CLIENTS; i++)
		for (unsigned int k = 0; k <= i; k++)
			read_by(i, START);
	stats_answered(&stats, mac_of(3), true, 4096, 1000, START + 1);
	stats_repeated(&stats, mac_of(4), START + 1);
	for (unsigned int i = 0; i < STATS_CLIENTS; i++) {
		assert_non_null(find(i));
		assert_int_equal(find(i)->traffic.requests[0], i + 1);
		assert_int_equal(find(i)->traffic.bytes[0], 512 * (i + 1));
		assert_int_equal(find(i)->traffic.requests[1], i == 3);
		assert_int_equal(find(i)->repeated, i == 4);
	}
	assert_int_equal(stats.total.bytes[1], 4096);
	assert_int_equal(stats.others.traffic.requests[0], 0);
}

/* Invented addresses, however many, neither displace who works nor keep a place for ever. */
static void a_crowd_displaces_nobody_who_works(void **state)
{
	uint64_t now = START;

	(void)state;
	for (unsigned int i = 0; i < STATS_CLIENTS; i++)
		read_by(i, now);
	for (unsigned int i = 1000; i < 100000; i++)
		read_by(i, now + i / 100);
	assert_int_equal(stats.client_count, STATS_CLIENTS);
	assert_int_equal(stats.others.traffic.requests[0], 99000);
	for (unsigned int i = 0; i < STATS_CLIENTS; i++)
		assert_non_null(find(i));
	now += STATS_IDLE;
	for (unsigned int i = 1; i < STATS_CLIENTS; i++)
		read_by(i, now - 1);
	read_by(5000, now);
	/* In the place of the only one that was silent. */
	assert_null(find(0));
	assert_int_equal(find(5000)->traffic.requests[0], 1);
	read_by(5001, now);
	assert_null(find(5001));
	for (unsigned int i = 1; i < STATS_CLIENTS; i++)
		assert_int_equal(find(i)->traffic.requests[0], 2);
}

/* In the same list as the one whose place it takes (5 * 31 + 40 is 6 * 31 + 9). */
static void a_place_has_one_client(void **state)
{
	const unsigned int gone = 5 << 8 | 40, came = 6 << 8 | 9, late = 4 << 8 | 71;

	(void)state;
	read_by(gone, START);
	for (unsigned int i = 1; i < STATS_CLIENTS; i++)
		read_by(i, START + STATS_IDLE - 1);
	read_by(came, START + STATS_IDLE);
	assert_null(find(gone));
	assert_int_equal(find(came)->traffic.requests[0], 1);
	/* Those that are not there are looked for to the end of the list. */
	read_by(gone, START + STATS_IDLE + 1);
	read_by(late, START + STATS_IDLE + 2);
	assert_int_equal(stats.others.traffic.requests[0], 2);
}

static void rates_are_of_whole_seconds(void **state)
{
	uint64_t second = START / 1000;

	(void)state;
	for (unsigned int i = 0; i < 30; i++)
		read_by(1, (second + i) * 1000 + 999);
	assert_int_equal(stats_recent(&stats, (second + 30) * 1000).requests[0], STATS_SECONDS);
	assert_int_equal(stats_recent(&stats, (second + 29) * 1000).requests[0], STATS_SECONDS);
	assert_int_equal(stats_recent(&stats, (second + 31) * 1000).bytes[0],
	                 (STATS_SECONDS - 1) * 512);
	assert_int_equal(stats_recent(&stats, (second + 40) * 1000).requests[0], 0);
	assert_int_equal(stats.total.requests[0], 30);
	assert_int_equal(stats.latency[0].count, 30);
	assert_int_equal(stats.latency[1].count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup(each_client_has_its_own, setup),
	        cmocka_unit_test_setup(a_crowd_displaces_nobody_who_works, setup),
	        cmocka_unit_test_setup(a_place_has_one_client, setup),
	        cmocka_unit_test_setup(rates_are_of_whole_seconds, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
