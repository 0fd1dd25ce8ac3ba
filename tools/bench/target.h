/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A target that is loaded: what it said of itself, and what was measured. */
#ifndef TOOLS_BENCH_TARGET_H
#define TOOLS_BENCH_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/aoe/address.h"
#include "tools/bench/ledger.h"
#include "tools/bench/options.h"
#include "tools/cli/why.h"
#include "tools/host/histogram.h"
#include "tools/lan/lan.h"

enum bench_direction { BENCH_READ, BENCH_WRITE, BENCH_DIRECTIONS };

/* All zero is nothing measured. */
struct bench_figures {
	struct histogram latency[BENCH_DIRECTIONS]; /* of the operations that succeeded in time */
	uint64_t sectors[BENCH_DIRECTIONS];         /* that those have moved */
	uint64_t retransmissions;
	uint64_t errors;        /* operations that the target refused */
	uint64_t answers;       /* frames */
	uint64_t acknowledged;  /* writes, the late ones too */
	uint64_t last_answer;   /* when it came, as bench_now; 0: never */
	uint64_t longest_pause; /* nanoseconds without an answer while one was owed */
};

/* What reading back, or reading stamps in the run, has shown; in blocks. */
struct bench_verdicts {
	uint64_t good, unknown, lost, damaged, misplaced, unsent;
};

struct bench_target {
	struct aoe_address address;
	struct mac mac;
	unsigned int buffers;           /* at least 1 */
	unsigned int sectors_per_frame; /* at least 1, and what our own LAN can carry */
	uint64_t sectors;               /* of the disk */
	uint64_t blocks;                /* that are used, at least 1 */
	unsigned int in_flight;         /* requests without an answer */
	uint64_t owed_since;  /* when it last answered while others were under way, or the first of
	                         them was sent */
	struct ledger ledger; /* kept with --verify */
	uint64_t check_next;  /* block that is read back next */
	struct bench_figures figures;
	struct bench_verdicts verdicts;
};

struct bench_targets {
	struct bench_target *list; /* by address */
	size_t count;
};

/*
 * Finds the targets that the options name, or all that answer, and asks their sizes. On failure,
 * fills *why and returns a negative errno. Either way, free with bench_targets_release.
 */
int bench_targets_find(struct bench_targets *targets, const struct bench_options *options,
                       struct lan *lan, struct why *why);
void bench_targets_release(struct bench_targets *targets);

/* Blocks that held what they must not. */
uint64_t bench_verdicts_bad(const struct bench_verdicts *verdicts);

/* CLOCK_MONOTONIC in nanoseconds. */
uint64_t bench_now(void);

#endif
