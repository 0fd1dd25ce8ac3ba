/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The target of one export on this server, which the cluster agent starts and stops. */
#ifndef TOOLS_PAIR_SERVICE_H
#define TOOLS_PAIR_SERVICE_H

#include "tools/pair/pairing.h"

enum { SERVICE_STATE = 16 }; /* bytes of "withdrawn" and the like */

/* What etherroot-status(8) calls its state; "" if it does not run or answer. */
void service_state(struct aoe_address address, char state[SERVICE_STATE]);

/* Has the agent do it: "start" or "stop". Returns 0 or a negative errno with why. */
int service_do(const struct pairing *pairing, const struct pairing_export *export,
               const char *action, struct why *why);

#endif
