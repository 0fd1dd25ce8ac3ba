/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An export that is being opened. That may have to wait for a disk or a server of files, and is
 * done beside the loop; what becomes of it is for the loop.
 */
#ifndef TOOLS_SERVE_EXPORT_OPENING_H
#define TOOLS_SERVE_EXPORT_OPENING_H

#include "tools/cli/why.h"
#include "tools/serve/export/exports.h"

enum { OPENING_MS = 10000 }; /* then it is said, and a reload waits no longer */

struct opening;

/* What became of it. */
struct opened {
	/* In no list yet. With an error the caller's to close, which may have to wait; or NULL. */
	struct export *export;
	int error;                     /* negative errno */
	struct why why;                /* of the error, from the address on */
	struct file_store_facts facts; /* of its own file, as far as they could be found out */
	/* The file that another export may have still: its own, or with some of the same bytes the
	 * other's. All 0: not known. */
	struct file_store_facts in_the_way;
};

/* NULL without memory. */
struct opening *opening_create(const struct export_options *options);

/* Opens it. For aside_start: owner is the opening. */
void opening_run(void *owner);

/* Closes what it opened, if anything, and frees it. */
void opening_drop(void *owner);

/*
 * It has run: frees it. The export's transfers are done by io, and exports says what is in its way.
 * Returns 0, or opened->error.
 */
int opening_finish(struct opening *opening, const struct exports *exports, struct io *io,
                   struct opened *opened);

/*
 * Two that are written by different names of the same bytes ruin each other: both at once are
 * refused, unless both say that their users coordinate. Returns 0 or -EBUSY with why.
 */
int opening_exclude(struct export_file file, struct export_file other, struct why *why);

/* The same, and of two for the same file, one of which locks the other out. */
int opening_exclude_new(struct export_file file, struct export_file other, struct why *why);

/* It did not run, or not to its end (-ETIMEDOUT): fills in opened, and returns error. */
int opening_failed(const struct export_options *options, int error, struct opened *opened);

#endif
