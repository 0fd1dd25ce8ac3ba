/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The other server's power. */
#ifndef TOOLS_PAIR_FENCE_H
#define TOOLS_PAIR_FENCE_H

#include "tools/pair/pairing.h"

/*
 * Has its agent switch a server off. Returns 0 if that says that it is off, or a negative errno
 * with why; within a minute.
 */
int fence_switch_off(const struct pairing_server *server, struct why *why);

#endif
