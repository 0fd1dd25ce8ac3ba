/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a reload has to do: an old plan and a new one, as steps. Pure. */
#ifndef TOOLS_SERVE_CONFIG_CHANGES_H
#define TOOLS_SERVE_CONFIG_CHANGES_H

#include "tools/serve/config/plan.h"

enum change {
	CHANGE_KEEP,   /* nothing; of an export, its file may have grown */
	CHANGE_VIEW,   /* who may use it, its config string, its length, limits of layers, faults */
	CHANGE_REOPEN, /* another file, or the same used in another way */
	CHANGE_ADD,
	CHANGE_REMOVE,
};

/* What CHANGE_ADD lacks before, and CHANGE_REMOVE after, is NULL. */
struct export_change {
	enum change change;
	const struct export_options *before, *after;
};

/* KEEP, ADD or REMOVE. */
struct lan_change {
	enum change change;
	const struct plan_lan *before, *after;
};

struct changes {
	struct export_change *exports; /* by address */
	struct lan_change *lans;
	size_t export_count, lan_count;
};

/*
 * Finds what is different between two plans that plan_check accepted; changes points into both.
 * Returns 0, and changes_release frees them, or -ENOMEM.
 */
int changes_find(const struct plan *before, const struct plan *after, struct changes *changes);
void changes_release(struct changes *changes);

/* What is to be done with an export at one address: before and after are not NULL. */
enum change changes_of_export(const struct export_options *before,
                              const struct export_options *after);

#endif
