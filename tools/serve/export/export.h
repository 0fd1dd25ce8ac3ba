/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An export: what the administrator asked for, and what became of it. */
#ifndef TOOLS_SERVE_EXPORT_EXPORT_H
#define TOOLS_SERVE_EXPORT_EXPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/serve/config/options.h"
#include "tools/serve/export/health.h"
#include "tools/serve/export/writer.h"
#include "tools/serve/store/commit.h"
#include "tools/serve/store/fault.h"
#include "tools/serve/store/store.h"
#include "tools/serve/watch/limit.h"
#include "tools/serve/watch/say.h"
#include "tools/serve/watch/stats.h"
#include "tools/serve/wire/protocol.h"

struct claim;
struct job;
struct layers;
struct requests;

/* Reads, or writes with their syncs: either may hang while the other is done. Milliseconds. */
struct export_direction {
	size_t waiting;    /* requests that the store has, or that wait for such */
	uint64_t answered; /* when one of them ended, or the first of them began */
	bool stuck;        /* none has ended for long, though the disk answers */
	struct limit said;
};

struct export
{
	struct export *next; /* of those that are retired */
	bool retired;        /* not served any more */
	/* With ,snapshot: initiators' layers (layers.h), each of which is an export too. */
	struct layers *layers;
	struct export *parent; /* of a layer: what it belongs to; else NULL, as what follows */
	struct export *next_layer, *next_same;
	struct store *own; /* what cow.c made: store, without faults */
	struct mac mac;
	struct export_options options;
	struct file_store_facts facts;
	struct store *store;         /* that of the file, or fault's as long as there are rules */
	struct fault fault;          /* once it was adopted */
	struct protocol_export view; /* points into options */
	/* Requests of exports with the same file number are ordered among each other. */
	uint64_t file, file_start; /* file_start: bytes of the file before the export */
	uint64_t file_block;       /* bytes: a write may touch all of a block that it is in */
	struct commit commit;      /* writes that wait to be stable */
	/* The engine's. */
	uint64_t sequence;   /* of the next write or flush */
	size_t writing_now;  /* writes that the store has not done yet */
	struct job *flushes; /* those that wait for such writes */
	struct requests *requests;
	size_t held;                           /* jobs that are under way */
	struct export *next_busy, **busy_link; /* of those that hold any */
	bool probing;                          /* a probe is under way */
	bool syncing_last, synced_last;
	bool leaving, left;          /* what its store has open is being given up, or was */
	bool measuring, only_growth; /* only_growth: a smaller size does not count */
	bool measure_again;          /* somebody asked meanwhile... */
	uint64_t measure_length;     /* ...for this many sectors */
	uint64_t refused_size;       /* bytes that its file had when that was no size to export */
	uint64_t looked;             /* when it was measured because somebody asked */
	struct store_request measure;
	struct health reading, writing; /* of its store */
	/* Whether its store answers at all; times in milliseconds. */
	bool hangs;
	uint64_t answered;                     /* when it did last, or had nothing to answer */
	struct limit hanging;                  /* of the message about it */
	struct export_direction directions[2]; /* reads, writes */
	unsigned long refused; /* requests that were not taken since that was said last */
	bool lost;             /* cache=writeback: writes that were acknowledged are lost */
	bool withdrawn;        /* by the administrator: it answers nothing */
	bool forced;           /* by the administrator: it answers, whoever else does */
	struct writer writer;  /* with options.writer */
	struct claim *claims; /* LANs on which it does not answer (claim.h); NULL: it does on all */
	struct stats *stats;  /* NULL as long as nothing was counted */
	struct limit conflict, late, full; /* of the messages about them */
};

/*
 * An export that is not open yet; what options own is copied. NULL without memory. export_free
 * closes it, if it is open, and releases all.
 */
struct export *export_create(const struct export_options *options);
void export_free(struct export *export);

/*
 * Opens the store and makes the view, which may have to wait for a disk: touches nothing but the
 * export, so that any thread may do it. Returns 0, or a negative errno for file_store_explain.
 */
int export_open(struct export *export);

/* Takes over who may use it, its config string, and the limits of its layers. */
void export_set_access(struct export *export, const struct export_options *options);

/*
 * Exports so many sectors (0: all up to the end) of the file, which has size bytes now. A file that
 * became shorter than what is exported is left as it is. Returns 0, or a negative errno, and then
 * all is as it was; that, and what changed, was said. *changed: initiators are to be told.
 */
int export_resize(struct export *export, uint64_t length, uint64_t size, const struct say *say,
                  bool *changed);

/* Which faults are rehearsed on it and on its layers, from now on. All were adopted. */
void export_set_faults(struct export *export, const struct fault_rules *rules);

/* Says which those are, if there are any. */
void export_describe_faults(const struct export *export, const struct say *say);

/* True if something that was begun for it does not end. */
static inline bool export_is_stuck(const struct export *export)
{
	return export->hangs || export->directions[0].stuck || export->directions[1].stuck;
}

/* What is counted of it, with its layers; NULL without memory. */
struct stats *export_stats(struct export *export);

/* Says what it is, and what may surprise. */
void export_describe(const struct export *export, const struct say *say);

#endif
