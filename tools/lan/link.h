/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel says of an Ethernet interface, over netlink (rtnetlink(7)). */
#ifndef TOOLS_LAN_LINK_H
#define TOOLS_LAN_LINK_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>

#include "tools/aoe/address.h"

struct link {
	int index;
	char name[IFNAMSIZ];
	unsigned short type; /* ARPHRD_... */
	bool running;        /* configured up, and it has a carrier */
	struct mac mac;
	size_t mtu;
	int master;          /* index of what it is a port of; 0: of nothing */
	char kind[IFNAMSIZ]; /* of that: "bridge", "bond", "vrf"...; "" if it does not say */
};

/*
 * Reads the answer to a RTM_GETLINK request. Pure. Returns 0, the error that the answer is, or
 * -EBADMSG for what is no answer.
 */
int link_parse(const void *message, size_t length, struct link *link);

/*
 * True if it is a port of what takes its ports' frames before a socket sees them, or spreads them
 * over its ports.
 */
bool link_is_port(const struct link *link);

/* A netlink socket to ask with: a descriptor or a negative errno. */
int link_open(void);

/* One that is readable when any interface changed. */
int link_watch(void);

/* Drops what has arrived on that one. Returns true if there was anything. */
bool link_drain(int watch);

/*
 * Asks for the interface with that index, or, if it is 0, with that name. Does not wait for
 * anything but the kernel. Returns 0, -ENODEV, or what socket calls say.
 */
int link_ask(int socket, int index, const char *name, struct link *link);

#endif
