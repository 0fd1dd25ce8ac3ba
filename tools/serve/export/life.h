/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One export's life: it serves, or is silent while its store fails or hangs, and comes back by
 * itself. A silent one is not found by initiators (view.silent); data that can be transferred are.
 * Each change is said, and what goes on for long is said again once in a while.
 *
 * Times, `now`, are in milliseconds of CLOCK_MONOTONIC.
 */
#ifndef TOOLS_SERVE_EXPORT_LIFE_H
#define TOOLS_SERVE_EXPORT_LIFE_H

#include "tools/cli/why.h"
#include "tools/serve/export/claim.h"
#include "tools/serve/export/export.h"

enum { LIFE_HANG = 5000 }; /* without an answer: longer than a disk that recovers from an error */

/* The bytes of the export that a request was about. */
struct span {
	bool write;
	uint64_t offset, length;
};

/* A request failed in the store while it was doing that ("writing"), with that negative errno. */
void export_failed(struct export *export, const struct say *say, const char *verb,
                   const struct span *span, int error, uint64_t now);

/* A request was done. Returns true if the export was silent until then, and is no longer. */
bool export_worked(struct export *export, const struct say *say, const struct span *span,
                   uint64_t now);

/* The store answered, well or not. Returns true if the export was silent until then. */
bool export_answered(struct export *export, const struct say *say, uint64_t now);

/* The export has `held` requests under way, and time has passed. */
void export_waits(struct export *export, const struct say *say, size_t held, uint64_t now);

/*
 * The same for reads, or writes, alone, while the disk answers: `direction` is 0 or 1. What is
 * stuck takes nothing on. export_moves: one of them has ended; returns true if the export was
 * silent until then.
 */
void export_stands(struct export *export, const struct say *say, int direction, uint64_t now);
bool export_moves(struct export *export, const struct say *say, int direction, uint64_t now);

/* It is retired, its file is being closed since then, and time has passed. */
void export_closes(struct export *export, const struct say *say, uint64_t since, uint64_t now);

/* A request was not taken, because the export has all that it may have under way. */
void export_refused(struct export *export, const struct say *say, size_t held, uint64_t now);

/* A request came too late to be done: after max_age milliseconds. */
void export_missed(struct export *export, const struct say *say, unsigned int max_age,
                   uint64_t now);

/* On this LAN nobody else answers for it, but there. */
void export_deferred(const struct export *export, const struct say *say, const struct claim *claim,
                     const struct claim *there);

/*
 * Another target answers for its address on the LAN of that claim, which is taken. export_left: it
 * does no more, and the export is served there.
 */
void export_taken(const struct export *export, const struct say *say, const struct claim *claim);
void export_left(const struct export *export, const struct say *say, const struct claim *claim);

/* Says so in why, for who asked it to be served. Returns -EADDRINUSE. */
int export_explain_taken(const struct export *export, const struct claim *claim, struct why *why);

/*
 * An initiator is about to write. Returns false if another one is the export's only writer; that is
 * said once of each, as is who becomes the writer.
 */
bool export_may_write(struct export *export, const struct say *say, struct mac mac, uint64_t now);

/* Acknowledged writes of cache=writeback could not be made stable, with that negative errno. */
void export_lost(struct export *export, const struct say *say, int error);

/* The end does not wait any longer for it to be `doing` ("closing"). */
void export_unanswered(const struct export *export, const struct say *say, const char *doing);

/* The file of a layer that was dropped could not be removed, with that negative errno. */
void export_remains(const struct export *layer, const struct say *say, int error);

/* The end does not wait any longer for that many requests, or for the last sync. */
void export_abandoned(const struct export *export, const struct say *say, size_t requests);

#endif
