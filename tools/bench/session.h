/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One client's work at one target: the operations that it has under way, each of one block or one
 * step of a recording, and the window for their frames. What is read is judged here.
 */
#ifndef TOOLS_BENCH_SESSION_H
#define TOOLS_BENCH_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/bench/flight.h"
#include "tools/bench/target.h"
#include "tools/bench/window.h"

struct operation {
	uint64_t block; /* or the step of the recording */
	uint64_t lba;   /* its first sector */
	unsigned int sectors;
	uint64_t started;       /* when its first frame was sent */
	uint32_t generation;    /* that is written; of a read, the least that it must find */
	unsigned int asked;     /* sectors for which a request was sent */
	unsigned int in_flight; /* requests */
	bool write, failed;
	enum ledger_verdict worst; /* of the sectors that were read */
	uint32_t found;            /* the generation in the worst of them */
	uint64_t worst_lba;
	struct operation *next_free;
};

struct session {
	struct bench_target *target;
	const struct bench_options *options;
	struct mac client;
	struct window window;
	unsigned int in_flight; /* requests */
	struct pattern_place place;
	uint64_t began;     /* the first operation, as bench_now; 0: not yet */
	uint64_t wake;      /* when the next step's pause is over; UINT64_MAX: not known */
	size_t step;        /* of the recording: the next one */
	uint64_t *answered; /* when each step was; 0: not yet; NULL without a recording */
	struct operation *operations; /* as many as may be under way */
	struct operation *free;
	struct operation *asking; /* not all of whose requests are sent; or NULL */
};

/* Number `index` of those at its target, which share its blocks out. Returns 0 or -ENOMEM. */
int session_init(struct session *session, struct bench_target *target,
                 const struct bench_options *options, struct mac client, size_t index,
                 size_t sharing);
void session_release(struct session *session);

/* Most requests that it has under way. */
size_t session_room(const struct session *session);

/*
 * The next operation of the pattern or the recording, or with `check` the next block to read back.
 * NULL when depth is used up, when every block is being written, when all is read back or replayed,
 * or when the next step's time has not come: then session->wake says when it does.
 */
struct operation *session_begin(struct session *session, bool check, uint64_t now);

/* True when the last block that was to be read back has been begun. */
bool session_checked(const struct session *session);

/* The same for the last step of the recording, which there must be. */
bool session_replayed(const struct session *session);

/* Looks at the sectors that a request has read, if they are to be verified. */
void session_judge(struct session *session, struct operation *operation,
                   const struct request *request, const uint8_t *data);

/* An operation ended, well unless it has failed. Counts, and says what is wrong with what it read.
 */
void session_end(struct session *session, struct operation *operation, uint64_t now, bool measure);

#endif
