/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a reload has opened, and what it is checked for, before anything that is served is touched.
 */
#ifndef TOOLS_SERVE_INCOMING_H
#define TOOLS_SERVE_INCOMING_H

#include "tools/serve/config/changes.h"
#include "tools/serve/export/opening.h"
#include "tools/serve/reload.h"

/* What comes with a change of an export. */
struct arrival {
	struct export *export;              /* what was opened for it, or NULL */
	struct file_store_facts facts;      /* its file, if that was opened, or is to wait */
	struct file_store_facts in_the_way; /* if it is to wait: the file of whom it waits for */
	bool withdrawn;                     /* what its address is, and stays */
};

struct incoming {
	const struct served *served; /* the caller's, as the next is */
	const struct plan *next;     /* what is to be served */
	struct changes changes;
	struct arrival *arrivals; /* of each change */
	size_t at;                /* the change that is looked at */
	size_t lans_before;       /* those of the list that are older */
};

/* Nothing comes: all zero but for what stays the caller's. */
void incoming_init(struct incoming *incoming, const struct served *served, const struct plan *next);

/* Finds what changes. Returns 0, or a negative errno that was said; incoming_release in any case.
 */
int incoming_prepare(struct incoming *incoming);

/* Closes what was opened, and is not in the loop by now: nothing comes any more. */
void incoming_release(struct incoming *incoming);

/* True if something is to be opened for such a change. */
bool incoming_is_to_open(enum change change);

/* True if it is not open because another export has the file still, and will give it up. */
bool incoming_is_to_wait(const struct incoming *incoming, const struct opened *opened);

/*
 * Two names of the same bytes, of which one at least is new: also where the one is to wait until an
 * export that leaves is closed. Then the other would have them, and nothing could be taken back.
 * Returns 0, or -EEXIST, which is opened's error then.
 */
int incoming_exclude(const struct incoming *incoming, const struct export_options *options,
                     struct opened *opened);

/*
 * That nothing is thrown away which initiators wrote, as of now: while something was opened they
 * may have written for the first time. Returns 0, or -EBUSY, which was said.
 */
int incoming_check_layers(const struct incoming *incoming);

/*
 * Opens new LANs, which come last in the list; they are in the loop only when all is well. Returns
 * 0, or a negative errno that was said.
 */
int incoming_open_lans(const struct incoming *incoming);

#endif
