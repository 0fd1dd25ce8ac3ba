/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The question for a DHCP server and its answer, byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/exact.h"
#include "tools/server/dhcp.h"

static const struct mac mac = {{0x52, 0x54, 0, 0x12, 0x34, 0x56}};

enum { TRANSACTION = 0x01020304, DHCP = 28, OPTIONS = DHCP + 240 };

/* The offer of 10.20.0.150 that the server 10.20.0.254, at 10.20.0.253, makes: made of the
 * question. */
static size_t make_offer(uint8_t packet[DHCP_DISCOVER])
{
	static const uint8_t options[] = {0, 53, 1, 2, 54, 4, 10, 20, 0, 254, 255};

	dhcp_write_discover(mac, TRANSACTION, packet);
	memcpy(packet + 12, (uint8_t[]){10, 20, 0, 253}, 4);
	memcpy(packet + 20, (uint8_t[]){0, 67, 0, 68}, 4);
	packet[DHCP] = 2;
	memcpy(packet + DHCP + 16, (uint8_t[]){10, 20, 0, 150}, 4);
	memcpy(packet + OPTIONS, options, sizeof(options));
	return DHCP_DISCOVER;
}

static int read_offer(const uint8_t *packet, size_t length, struct dhcp_offer *offer)
{
	uint8_t *copy = exact_copy(packet, length);
	int rc = dhcp_read_offer(copy, length, mac, TRANSACTION, offer);

	free(copy);
	return rc;
}

static void test_question(void **state)
{
	uint8_t packet[DHCP_DISCOVER];
	uint32_t sum = 0;

	(void)state;
	dhcp_write_discover(mac, TRANSACTION, packet);
	for (int i = 0; i < 20; i += 2)
		sum += (uint32_t)(packet[i] << 8 | packet[i + 1]);
	assert_int_equal((sum & 0xffff) + (sum >> 16), 0xffff);
	assert_memory_equal(packet + 16, "\xff\xff\xff\xff", 4);
	assert_memory_equal(packet + 20, ((uint8_t[]){0, 68, 0, 67, 308 >> 8, 308 & 255}), 6);
	assert_memory_equal(packet + DHCP, ((uint8_t[]){1, 1, 6, 0, 1, 2, 3, 4, 0, 0, 0x80}), 11);
	assert_memory_equal(packet + DHCP + 28, &mac, 6);
	assert_memory_equal(packet + OPTIONS - 4, ((uint8_t[]){99, 130, 83, 99, 53, 1, 1, 255}), 8);
}

static void test_offer(void **state)
{
	uint8_t packet[DHCP_DISCOVER];
	struct dhcp_offer offer;

	(void)state;
	make_offer(packet);
	assert_int_equal(read_offer(packet, sizeof(packet), &offer), 0);
	assert_int_equal(ntohl(offer.server.s_addr), 0x0a1400fe);
	assert_int_equal(ntohl(offer.address.s_addr), 0x0a140096);
	packet[OPTIONS + 4] = 99; /* no server identifier */
	assert_int_equal(read_offer(packet, sizeof(packet), &offer), 0);
	assert_int_equal(ntohl(offer.server.s_addr), 0x0a1400fd);
}

static void test_cut_off(void **state)
{
	uint8_t packet[DHCP_DISCOVER];
	struct dhcp_offer offer;

	(void)state;
	make_offer(packet);
	for (size_t length = 0; length < sizeof(packet); length++)
		assert_int_equal(read_offer(packet, length, &offer), -EBADMSG);
}

/* One byte that is another, and it is no offer, or not to us. */
static void test_others(void **state)
{
	static const struct {
		size_t at;
		uint8_t byte;
	} cases[] = {
	        {0, 0x65},          /* IPv6 */
	        {0, 0x44},          /* a header that is too short */
	        {0, 0x4f},          /* one behind which there is something else */
	        {2, 0xff},          /* longer than what arrived */
	        {2, 0},             /* shorter than its own header */
	        {6, 0x20},          /* a fragment */
	        {7, 1},             /* a later one */
	        {9, 6},             /* TCP */
	        {21, 68},           /* not from a server */
	        {23, 67},           /* not to a client */
	        {24, 0xff},         /* UDP longer than IP */
	        {24, 0},            /* too short */
	        {DHCP, 1},          /* a question */
	        {DHCP + 7, 5},      /* another transaction */
	        {DHCP + 33, 0x57},  /* another card's */
	        {OPTIONS - 1, 98},  /* BOOTP */
	        {OPTIONS + 2, 2},   /* a type of two bytes */
	        {OPTIONS + 3, 5},   /* an acknowledgement */
	        {OPTIONS + 1, 255}, /* the end comes first */
	        {OPTIONS + 1, 54},  /* no type: another option in its place */
	};
	uint8_t packet[DHCP_DISCOVER];
	struct dhcp_offer offer;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		make_offer(packet);
		packet[cases[i].at] = cases[i].byte;
		if (cases[i].at == 24 && !cases[i].byte)
			packet[25] = 7;
		if (read_offer(packet, sizeof(packet), &offer) != -EBADMSG)
			fail_msg("byte %zu as 0x%02x is taken", cases[i].at, cases[i].byte);
	}
}

/* An option whose length leads behind the end. */
static void test_option_beyond(void **state)
{
	uint8_t packet[DHCP_DISCOVER];
	struct dhcp_offer offer;

	(void)state;
	make_offer(packet);
	packet[OPTIONS] = 12;
	packet[OPTIONS + 1] = 255;
	assert_int_equal(read_offer(packet, sizeof(packet), &offer), -EBADMSG);
}

/* One whose value would begin where the packet ends. */
static void test_option_at_the_end(void **state)
{
	uint8_t packet[DHCP_DISCOVER];
	struct dhcp_offer offer;

	(void)state;
	make_offer(packet);
	memset(packet + OPTIONS, 0, sizeof(packet) - OPTIONS);
	packet[sizeof(packet) - 2] = 53;
	packet[sizeof(packet) - 1] = 1;
	assert_int_equal(read_offer(packet, sizeof(packet), &offer), -EBADMSG);
	packet[sizeof(packet) - 2] = 0;
	packet[sizeof(packet) - 1] = 53;
	assert_int_equal(read_offer(packet, sizeof(packet), &offer), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_question),      cmocka_unit_test(test_offer),
	        cmocka_unit_test(test_cut_off),       cmocka_unit_test(test_others),
	        cmocka_unit_test(test_option_beyond), cmocka_unit_test(test_option_at_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
