/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where keepalived is the cluster: a file that says that this server is not to have an export. */
#ifndef TOOLS_PAIR_AWAY_H
#define TOOLS_PAIR_AWAY_H

#include <stdbool.h>

#include "tools/aoe/address.h"
#include "tools/cli/why.h"

/*
 * Says so, or takes it back. Whoever says so holds the signals back that would end it before
 * (signals.h): this server could not serve the export again. Returns 0 or a negative errno with
 * why.
 */
int away_set(struct aoe_address address, bool away, struct why *why);

#endif
