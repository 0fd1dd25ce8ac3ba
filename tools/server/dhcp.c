/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/server/dhcp.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "tools/base/bytes.h"

/* IPv4 (RFC 791) and UDP (RFC 768): where what is looked at lies, in bytes. */
enum {
	IPV4_LENGTH = 2,
	IPV4_FRAGMENT = 6,
	IPV4_PROTOCOL = 9,
	IPV4_CHECKSUM = 10,
	IPV4_SOURCE = 12,
	IPV4_DESTINATION = 16,
	IPV4_SIZE = 20, /* without options */
	UDP_LENGTH = 4,
	UDP_SIZE = 8,
	PROTOCOL_UDP = 17,
	FRAGMENTED = 0x3fff, /* more fragments, or an offset */
};

/* DHCP, behind them (RFC 2131, 2). */
enum {
	OP = 0,
	HARDWARE = 1,
	HARDWARE_LENGTH = 2,
	TRANSACTION = 4,
	FLAGS = 10,
	YOUR_ADDRESS = 16,
	CLIENT_ADDRESS = 28, /* its MAC */
	COOKIE = 236,
	OPTIONS = 240,
	ASKS = 1,
	ANSWERS = 2,
	ETHERNET = 1,
	BROADCAST = 0x80, /* of FLAGS: the answer is for everyone */
	SERVER_PORT = 67,
	CLIENT_PORT = 68,
};

enum { PAD = 0, MESSAGE_TYPE = 53, SERVER = 54, END = 255, DISCOVER = 1, OFFER = 2 };

static const uint8_t cookie[] = {99, 130, 83, 99};

static void put16(uint8_t *to, unsigned int number)
{
	to[0] = (uint8_t)(number >> 8);
	to[1] = (uint8_t)number;
}

/* RFC 791: the one's complement of the sum of all words. */
static unsigned int checksum(const uint8_t *header)
{
	uint32_t sum = 0;

	for (int i = 0; i < IPV4_SIZE; i += 2)
		sum += be16(header + i);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

static void write_headers(uint8_t packet[DHCP_DISCOVER])
{
	uint8_t *udp = packet + IPV4_SIZE;

	packet[0] = 0x45; /* version 4, five words */
	put16(packet + IPV4_LENGTH, DHCP_DISCOVER);
	packet[8] = 64; /* hops */
	packet[IPV4_PROTOCOL] = PROTOCOL_UDP;
	memset(packet + IPV4_DESTINATION, 0xff, 4);
	put16(packet + IPV4_CHECKSUM, checksum(packet));
	put16(udp, CLIENT_PORT);
	put16(udp + 2, SERVER_PORT);
	put16(udp + UDP_LENGTH, DHCP_DISCOVER - IPV4_SIZE); /* no checksum, which IPv4 allows */
}

void dhcp_write_discover(struct mac mac, uint32_t transaction, uint8_t packet[DHCP_DISCOVER])
{
	static const uint8_t options[] = {MESSAGE_TYPE, 1, DISCOVER, END};
	uint8_t *dhcp = packet + IPV4_SIZE + UDP_SIZE;

	memset(packet, 0, DHCP_DISCOVER);
	write_headers(packet);
	dhcp[OP] = ASKS;
	dhcp[HARDWARE] = ETHERNET;
	dhcp[HARDWARE_LENGTH] = sizeof(mac);
	put16(dhcp + TRANSACTION, transaction >> 16);
	put16(dhcp + TRANSACTION + 2, transaction & 0xffff);
	dhcp[FLAGS] = BROADCAST;
	memcpy(dhcp + CLIENT_ADDRESS, &mac, sizeof(mac));
	memcpy(dhcp + COOKIE, cookie, sizeof(cookie));
	memcpy(dhcp + OPTIONS, options, sizeof(options));
}

/* What UDP carries to a DHCP client, or NULL. */
static const uint8_t *find_dhcp(const uint8_t *packet, size_t length, size_t *size)
{
	size_t header, whole;
	const uint8_t *udp;

	if (length < IPV4_SIZE || packet[0] >> 4 != 4)
		return NULL;
	header = (packet[0] & 15u) * 4;
	whole = be16(packet + IPV4_LENGTH);
	if (header < IPV4_SIZE || whole > length || header > whole || whole - header < UDP_SIZE)
		return NULL;
	if (packet[IPV4_PROTOCOL] != PROTOCOL_UDP || be16(packet + IPV4_FRAGMENT) & FRAGMENTED)
		return NULL;
	udp = packet + header;
	*size = be16(udp + UDP_LENGTH);
	if (be16(udp) != SERVER_PORT || be16(udp + 2) != CLIENT_PORT || *size < UDP_SIZE ||
	    *size > whole - header)
		return NULL;
	*size -= UDP_SIZE;
	return udp + UDP_SIZE;
}

/* The value of an option, if it has that many bytes; or NULL. */
static const uint8_t *find_option(const uint8_t *dhcp, size_t size, uint8_t code, uint8_t wanted)
{
	size_t at = OPTIONS;

	while (at < size && dhcp[at] != END) {
		if (dhcp[at] == PAD) {
			at++;
			continue;
		}
		if (size - at < 2 || size - at - 2 < dhcp[at + 1])
			return NULL;
		if (dhcp[at] == code)
			return dhcp[at + 1] == wanted ? dhcp + at + 2 : NULL;
		at += 2u + dhcp[at + 1];
	}
	return NULL;
}

static bool is_answer(const uint8_t *dhcp, size_t size, struct mac mac, uint32_t transaction)
{
	return size >= OPTIONS && dhcp[OP] == ANSWERS && be32(dhcp + TRANSACTION) == transaction &&
	       !memcmp(dhcp + CLIENT_ADDRESS, &mac, sizeof(mac)) &&
	       !memcmp(dhcp + COOKIE, cookie, sizeof(cookie));
}

int dhcp_read_offer(const void *packet, size_t length, struct mac mac, uint32_t transaction,
                    struct dhcp_offer *offer)
{
	const uint8_t *ip = packet, *type, *server;
	size_t size;
	const uint8_t *dhcp = find_dhcp(ip, length, &size);

	if (!dhcp || !is_answer(dhcp, size, mac, transaction))
		return -EBADMSG;
	type = find_option(dhcp, size, MESSAGE_TYPE, 1);
	if (!type || *type != OFFER)
		return -EBADMSG;
	server = find_option(dhcp, size, SERVER, 4);
	memcpy(&offer->server, server ? server : ip + IPV4_SOURCE, 4);
	memcpy(&offer->address, dhcp + YOUR_ADDRESS, 4);
	return 0;
}
