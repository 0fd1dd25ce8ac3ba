/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The question whether a LAN has a DHCP server, and its answer (RFC 2131, RFC 2132). Pure. */
#ifndef TOOLS_SERVER_DHCP_H
#define TOOLS_SERVER_DHCP_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/aoe/address.h"

/* Bytes of the question: IP and UDP headers, and the 300 that BOOTP's relays want (RFC 1542). */
enum { DHCP_DISCOVER = 20 + 8 + 300 };

/* Whoever answered. */
struct dhcp_offer {
	struct in_addr server;  /* what it calls itself, or else where its answer came from */
	struct in_addr address; /* that it offers */
};

/* Writes the IP packet that asks everyone; it commits nobody to anything. */
void dhcp_write_discover(struct mac mac, uint32_t transaction, uint8_t packet[DHCP_DISCOVER]);

/*
 * Reads an IP packet, which may be anything. Returns 0 if it is the offer of an address in answer
 * to that question, else -EBADMSG.
 */
int dhcp_read_offer(const void *packet, size_t length, struct mac mac, uint32_t transaction,
                    struct dhcp_offer *offer);

#endif
