/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The LANs that were asked for, opened. */
#ifndef TOOLS_SERVE_LAN_LANS_H
#define TOOLS_SERVE_LAN_LANS_H

#include "tools/lan/lan.h"
#include "tools/serve/config/plan.h"
#include "tools/serve/watch/say.h"

struct lans {
	struct lan **list; /* in the plan's order */
	size_t count;
};

/*
 * Opens all LANs of the plan. Returns 0 or a negative errno, and then the reason was said; in any
 * case lans_close releases what is open.
 */
int lans_open(struct lans *lans, const struct plan *plan, const struct say *say);
void lans_close(struct lans *lans);

#endif
