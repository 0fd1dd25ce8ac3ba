/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which block is next, and whether it is read or written. Pure. */
#ifndef TOOLS_BENCH_PATTERN_H
#define TOOLS_BENCH_PATTERN_H

#include <stdbool.h>
#include <stdint.h>

struct pattern {
	bool random;         /* else one block after the other */
	unsigned int writes; /* of 100 operations */
};

/*
 * Reads randread, randwrite, read, write or mix=PERCENT (random, PERCENT of them reads). Returns 0
 * or -EINVAL.
 */
int pattern_parse(const char *text, struct pattern *pattern);

/* Where one stream of operations stands. */
struct pattern_place {
	uint64_t random; /* state of the generator; any seed */
	uint64_t next;   /* block of a sequential pattern, 0 to blocks - 1 */
};

/* A number that looks random; the same seed gives the same ones (splitmix64). */
uint64_t pattern_random(uint64_t *state);

/* The next operation: true if it is a write. */
bool pattern_is_write(const struct pattern *pattern, struct pattern_place *place);

/* The next operation's block, of `blocks`, which is not 0. */
uint64_t pattern_block(const struct pattern *pattern, struct pattern_place *place, uint64_t blocks);

#endif
