/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All exports of this process. */
#ifndef TOOLS_SERVE_EXPORT_EXPORTS_H
#define TOOLS_SERVE_EXPORT_EXPORTS_H

#include "tools/serve/config/plan.h"
#include "tools/serve/export/export.h"

struct exports {
	struct export **list; /* sorted by address */
	size_t count;
	struct export *retired; /* not served any more, but something of them is under way */
	uint64_t files;         /* numbers of files that were given away */
};

/*
 * Opens those of a plan that plan_check accepted. Returns 0 or a negative errno, and then the
 * reason was said; those in another format are left out, which was said too, unless there is
 * nothing else. In any case exports_close releases what is open.
 */
int exports_open(struct exports *exports, const struct plan *plan, struct io *io,
                 const struct say *say);
void exports_close(struct exports *exports);

/*
 * Opens one more, which is in no list yet. Returns 0, or a negative errno, and then the reason is
 * in why, from the address on.
 */
int exports_open_one(const struct exports *exports, const struct export_options *options,
                     struct io *io, struct export **export, struct why *why);

/* Makes room for so many more. Returns 0 or -ENOMEM. */
int exports_reserve(struct exports *exports, size_t more);

/* Adds one that is open, at an address that has none; there is room for it. */
void exports_add(struct exports *exports, struct export *export);

/* Moves one to those that are retired. */
void exports_retire(struct exports *exports, struct export *export);

/* True if a file that is open is that of an export. */
bool exports_is_same_file(const struct export *a, const struct export *b);

/* The export with that address, or NULL. */
struct export *exports_find(const struct exports *exports, struct aoe_address address);

/* Says of each what it is. */
void exports_describe(const struct exports *exports, const struct say *say);

#endif
