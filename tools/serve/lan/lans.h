/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The LANs that were asked for, opened. */
#ifndef TOOLS_SERVE_LAN_LANS_H
#define TOOLS_SERVE_LAN_LANS_H

#include "tools/lan/lan.h"
#include "tools/serve/config/plan.h"
#include "tools/serve/watch/say.h"

struct lans {
	struct lans_entry {
		char *name; /* that was asked for: an interface may be called otherwise by now */
		bool qemu;
		struct lan *lan;
	} * list;
	size_t count;
};

/*
 * Opens all LANs of the plan. Returns 0 or a negative errno, and then the reason was said; in any
 * case lans_close releases what is open.
 */
int lans_open(struct lans *lans, const struct plan *plan, const struct say *say);
void lans_close(struct lans *lans);

/* Opens one more LAN of the plan. Returns 0, and it is the last of the list; or a negative errno.
 */
int lans_add(struct lans *lans, const struct plan *plan, const struct plan_lan *asked,
             const struct say *say);

/* The LAN that was asked for by these words, or NULL. */
struct lan *lans_find(const struct lans *lans, const struct plan_lan *asked);

/* Closes one of them, whose place is no other's afterwards. lan is one of the list. */
void lans_remove(struct lans *lans, const struct lan *lan);

#endif
