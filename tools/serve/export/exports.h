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
 * Opens those of a plan that plan_check accepted, and waits for their disks as long as it takes:
 * which one it waits for is said. Returns 0 or a negative errno, and then the reason was said;
 * those in another format are left out, which was said too, unless there is nothing else. In any
 * case exports_close releases what is open.
 */
int exports_open(struct exports *exports, const struct plan *plan, struct io *io,
                 const struct say *say);
void exports_close(struct exports *exports);

/* Makes room for so many more. Returns 0 or -ENOMEM. */
int exports_reserve(struct exports *exports, size_t more);

/* Adds one that is open, at an address that has none; there is room for it. */
void exports_add(struct exports *exports, struct export *export);

/* Moves one to those that are retired, with its layers. */
void exports_retire(struct exports *exports, struct export *export);

/* Adds one that is open, and never was in the list, to those; with its layers. */
void exports_discard(struct exports *exports, struct export *export);

/*
 * The first export, among those in the list and those that are retired, that has the same file; or
 * NULL.
 */
struct export *exports_find_twin(const struct exports *exports,
                                 const struct file_store_facts *facts);

/* The same for a layer, whose place is free when it is closed. */
void exports_retire_layer(struct exports *exports, struct export *layer);

/* Which file an export has, or is to have; both belong to others. */
struct export_file {
	const struct export_options *options;
	const struct file_store_facts *facts;
};

static inline struct export_file export_file(const struct export *export)
{
	return (struct export_file){&export->options, &export->facts};
}

/*
 * True if both are about some of the same bytes under different devices' names, as a partition and
 * its disk are, and so have different page caches.
 */
bool exports_overlap(struct export_file a, struct export_file b);

/* Warns of each in the list of which that is true, unless nothing is written by either. */
void exports_warn(const struct exports *exports, const struct export *export,
                  const struct say *say);

/* True if what initiators write goes to the file, and not to layers over it. */
bool exports_writes(const struct export_options *options);

/* The export with that address, or NULL. */
struct export *exports_find(const struct exports *exports, struct aoe_address address);

/*
 * What is under way for an address: of the export that has it, and of those that had it before and
 * are retired; of their layers too.
 */
struct exports_work {
	size_t held;    /* requests */
	bool syncing;   /* what a retired one acknowledged is not stable yet */
	bool stuck;     /* something of it does not end */
	bool writeback; /* writes were acknowledged before they were stable */
	bool lost;      /* some of those are lost */
};

struct exports_work exports_work(const struct exports *exports, struct aoe_address address);

/* Says of each what it is. */
void exports_describe(const struct exports *exports, const struct say *say);

#endif
