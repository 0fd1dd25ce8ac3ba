/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What becomes of a frame: decided by the protocol, done by the store, answered or not. */
#ifndef TOOLS_SERVE_ENGINE_REQUEST_H
#define TOOLS_SERVE_ENGINE_REQUEST_H

#include <stdbool.h>

#include "tools/serve/engine/job.h"
#include "tools/serve/engine/order.h"
#include "tools/serve/export/exports.h"

enum { REQUEST_MAX_AGE = 1000 }; /* milliseconds; DESIGN: "The target's rules" */

/* All that are under way, and what they are about. */
struct requests {
	const struct say *say;
	struct exports *exports;
	unsigned int max_age; /* milliseconds that one may have waited before it is received */
	unsigned int listen;  /* milliseconds that answers of others are waited for; 0: not asked */
	struct sink *sinks;   /* all LANs, so that we know ourselves */
	uint64_t now;         /* milliseconds of CLOCK_MONOTONIC, as of this turn */
	struct job_pool jobs;
	struct order order;
	struct shares shares;
	struct commit_queue commits;
	struct fault_queue faults; /* what is held for a time by a fault that is rehearsed */
	struct export *busy;       /* exports that have jobs under way */
	struct lan_frame scratch;  /* for frames that answer no job */
	struct sink nowhere;       /* for what came from a LAN that was removed */
	size_t leaving;            /* exports whose file is being synced last, or closed */
	struct tenure *tenures;    /* of exports that are being opened again */
	uint64_t claims_due;       /* milliseconds: when claims_run has something to do */
	bool claims_decided;       /* an address was found free, or taken, or cannot be asked for */
	bool failing;              /* an export may be silent */
	bool quiet;                /* engine_on_quiet's function is to be told */
	bool ending;               /* nobody is told any more what is here */
	int last_error;            /* the latest of a last sync */
};

/* say and exports stay the caller's. Returns 0 or -ENOMEM; requests_release frees all. */
int requests_init(struct requests *requests, const struct say *say, struct exports *exports);
void requests_release(struct requests *requests);

/*
 * Begins what a frame from that LAN asks for, which was received at read_at (nanoseconds of
 * CLOCK_REALTIME); replies go there, now or when the store is done. The frame's buffer may be
 * exchanged for another. Returns how many exports were asked.
 */
size_t requests_begin(struct requests *requests, struct sink *sink, struct lan_frame *frame,
                      uint64_t read_at);

/* Starts a sync for every export that has something to make stable. */
void requests_commit(struct requests *requests);

/* Makes an export one of those that requests are for; it stays where it is. */
void requests_adopt(struct requests *requests, struct export *export);

/* Nothing is sent there any more, and whoever asked from there gets no answer. */
void requests_forget_sink(struct requests *requests, struct sink *sink);

/*
 * Looks after those whose store has not answered for long; to be called once in a while as long as
 * requests->busy.
 */
void requests_look_after(struct requests *requests);

/* For that many milliseconds this process did nothing: a disk is not blamed for those. */
void requests_were_away(struct requests *requests, uint64_t milliseconds);

#endif
