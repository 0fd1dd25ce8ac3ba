/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whose turn it is to serve an export, where nobody but keepalived decides: what was said last
 * counts, and one thing is done at a time. Files in /run, so that a boot forgets it.
 */
#ifndef TOOLS_PAIR_TURN_H
#define TOOLS_PAIR_TURN_H

#include <stdbool.h>

#include "tools/pair/pairing.h"

struct turn {
	char wanted[64]; /* the path of what was said last */
	char lock_path[64];
	int lock;
};

/*
 * Says that this server is to serve it, or is not, and waits until nobody else is at it, which
 * ends: all that is done in turn has a deadline. Returns 0, and turn_end gives it back; or a
 * negative errno with why.
 */
int turn_begin(struct turn *turn, struct aoe_address address, bool serve, struct why *why);

/* True if that was still said last. */
bool turn_is(const struct turn *turn, bool serve);

void turn_end(struct turn *turn);

#endif
