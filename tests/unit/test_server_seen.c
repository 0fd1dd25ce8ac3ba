/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose cards the DHCP server has seen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/exact.h"
#include "tools/server/seen.h"

typedef int take_function(struct seen *seen, const char *text, size_t length);

static void take(take_function *function, struct seen *seen, const char *text)
{
	size_t length = strlen(text);
	char *copy = exact_copy(text, length);

	assert_int_equal(function(seen, copy, length), 0);
	free(copy);
}

static const struct seen_card *card(const struct seen *seen, uint8_t last)
{
	return seen_find(seen, (struct mac){{0x52, 0x54, 0, 0, 0, last}});
}

static void test_leases(void **state)
{
	struct seen seen = {0};

	(void)state;
	take(seen_take_leases, &seen,
	     "1732843200 52:54:00:00:00:01 10.20.0.101 ws1 ff:01:02\n"
	     "0 52:54:00:00:00:02 10.20.0.102 * *\n"
	     "\n"
	     "x 52:54:00:00:00:03 10.20.0.103 * *\n"
	     "1732843200 52:54:00:00:00:04 10.20.0 * *\n"
	     "1732843200\n"
	     "1732843200 52:54:00:00:00:05\n"
	     "duid 00:01:00:01\n"
	     "99999999999999999999 52:54:00:00:00:06 10.20.0.106 * *\n"
	     "1732843200 52:54:00:00:00:07 10.20.0.107");
	assert_int_equal(seen.count, 3);
	assert_int_equal(card(&seen, 1)->time, 1732843200 - 12 * 3600);
	assert_int_equal(ntohl(card(&seen, 1)->address.s_addr), 0x0a140065);
	assert_int_equal(card(&seen, 2)->time, 0);
	assert_non_null(card(&seen, 7));
	seen_release(&seen);
}

static void test_journal(void **state)
{
	struct seen seen = {0};

	(void)state;
	take(seen_take_leases, &seen, "1732843200 52:54:00:00:00:01 10.20.0.101 ws1 *\n");
	take(seen_take_journal, &seen,
	     "1732843300.000001 srv dnsmasq-dhcp[9]: DHCPDISCOVER(lan0) 52:54:00:00:00:01 \n"
	     "1732843200.000001 srv dnsmasq-dhcp[9]: DHCPREQUEST(lan0) 10.20.0.9 "
	     "52:54:00:00:00:01 \n"
	     "1732843400.5 srv dnsmasq-dhcp[9]: PXE(lan0) 52:54:00:00:00:02 proxy\n"
	     "1732843400.5 srv dnsmasq-dhcp[9]: DHCPACK(lan0) 10.20.0.3 52:54:00:00:00:03 x\n"
	     "1732843400.5 srv dnsmasq-tftp[9]: sent DHCPDISCOVER( 52:54:00:00:00:04\n"
	     "-- Boot --\n"
	     "1732843400.5 srv dnsmasq-dhcp[9: DHCPDISCOVER(lan0) 52:54:00:00:00:05\n"
	     "1732843400.5 srv dnsmasq-dhcp[9]: DHCPDISCOVER(lan0) nobody\n");
	assert_int_equal(seen.count, 2);
	assert_int_equal(card(&seen, 1)->time, 1732843300);
	assert_int_equal(ntohl(card(&seen, 1)->address.s_addr), 0x0a140065);
	assert_int_equal(card(&seen, 2)->time, 1732843400);
	seen_release(&seen);
}

/* A LAN that invents cards does not take all memory, and what is known stays up to date. */
static void test_many(void **state)
{
	struct seen seen = {0};
	char line[96];

	(void)state;
	for (unsigned int i = 0; i < SEEN_MAX + 10; i++) {
		snprintf(line, sizeof(line), "1.0 x dnsmasq-dhcp[1]: PXE(l) 02:00:00:00:%02x:%02x",
		         i >> 8, i & 255);
		take(seen_take_journal, &seen, line);
	}
	assert_int_equal(seen.count, SEEN_MAX);
	take(seen_take_journal, &seen, "7.0 x dnsmasq-dhcp[1]: PXE(l) 02:00:00:00:00:00");
	assert_int_equal(seen.cards[0].time, 7);
	seen_release(&seen);
}

/* A line that is longer than any is cut off, and those after it are read. */
static void test_long_line(void **state)
{
	struct seen seen = {0};
	char text[4096];

	(void)state;
	memset(text, 'x', 2000);
	strcpy(text + 2000, "\n1.0 x dnsmasq-dhcp[1]: PXE(l) 52:54:00:00:00:01\n");
	take(seen_take_journal, &seen, text);
	assert_int_equal(seen.count, 1);
	seen_release(&seen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_leases),
	        cmocka_unit_test(test_journal),
	        cmocka_unit_test(test_many),
	        cmocka_unit_test(test_long_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
