/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whose cards the DHCP server has seen: out of its leases, and out of what it said in the journal.
 * What stands there comes from the LAN. Pure.
 */
#ifndef TOOLS_SERVER_SEEN_H
#define TOOLS_SERVER_SEEN_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/aoe/address.h"
#include "tools/server/outputs.h"

enum {
	SEEN_MAX = 1024, /* cards: anyone on the LAN can invent as many as he likes */
	SEEN_LEASE = OUTPUTS_LEASE * 3600, /* seconds that a lease is given for */
};

struct seen_card {
	struct mac mac;
	int64_t time;           /* seconds since 1970; 0: not known */
	struct in_addr address; /* 0.0.0.0: it has none from here */
};

/* All zero is an empty one; seen_release frees it. */
struct seen {
	struct seen_card *cards;
	size_t count;
};

/* Takes the text of dnsmasq's file of leases. Returns 0 or -ENOMEM; other lines are skipped. */
int seen_take_leases(struct seen *seen, const char *text, size_t length);

/* Takes lines of the journal, as journalctl -o short-unix prints them. The same. */
int seen_take_journal(struct seen *seen, const char *text, size_t length);

/* The card, or NULL. */
const struct seen_card *seen_find(const struct seen *seen, struct mac mac);

void seen_release(struct seen *seen);

#endif
