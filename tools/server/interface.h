/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The LAN that is to be served: whether its interface will do, and who gives addresses there. */
#ifndef TOOLS_SERVER_INTERFACE_H
#define TOOLS_SERVER_INTERFACE_H

#include <stdbool.h>

#include "tools/cli/why.h"
#include "tools/lan/link.h"
#include "tools/server/dhcp.h"

/* An interface that will do. */
struct interface {
	struct link link;
	struct in_addr address; /* its first one */
	unsigned int prefix;    /* bits of that one's network */
};

/*
 * Looks at the interface called name. Returns 0; or a negative errno with why, if there is none, or
 * it is no Ethernet, a port of a bridge or bond, without carrier, or without an IPv4 address.
 */
int interface_look(const char *name, struct interface *interface, struct why *why);

/* Only its address; returns false if it has none. For one that may be down. */
bool interface_address(const char *name, struct in_addr *address, unsigned int *prefix);

enum { INTERFACE_LISTEN = 6 }; /* seconds: a server may look first whether an address is free */

/*
 * Asks for an address on its LAN, for seconds at the most. *found says whether somebody offered
 * one, and offer who. Returns 0, or a negative errno with why.
 */
int interface_ask_dhcp(const struct interface *interface, int seconds, bool *found,
                       struct dhcp_offer *offer, struct why *why);

#endif
