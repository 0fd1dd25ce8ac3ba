/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The programs without which a server cannot become one of a pair. */
#ifndef TOOLS_PAIR_NEEDS_H
#define TOOLS_PAIR_NEEDS_H

#include <stddef.h>

#include "tools/pair/pairing.h"

/*
 * Looks for them in PATH, and for the agent by which that server switches the other one off.
 * Returns 0, or -ENOENT with why: all that are missing, and their packages.
 */
int needs_check(const struct pairing *pairing, size_t server, struct why *why);

#endif
