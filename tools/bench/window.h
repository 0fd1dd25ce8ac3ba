/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many requests one client has under way at one target, and how long it waits for an answer
 * before it asks again. Like Linux's initiator: no more than the target has buffers for, fewer
 * after a loss, and a timeout that follows the measured round trips. Pure; times in nanoseconds.
 */
#ifndef TOOLS_BENCH_WINDOW_H
#define TOOLS_BENCH_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

/* The shortest, the first and the longest timeout. A target that commits to a disk may well take
 * tenths of a second without having lost anything. */
#define WINDOW_TIMEOUT_MIN   UINT64_C(200000000)
#define WINDOW_TIMEOUT_FIRST UINT64_C(1000000000)
#define WINDOW_TIMEOUT_MAX   UINT64_C(8000000000)

struct window {
	unsigned int limit;       /* requests that may be under way now, at least 1 */
	unsigned int most;        /* what limit grows to */
	bool fixed;               /* limit stays: losses are the user's wish */
	unsigned int answers;     /* since limit has grown */
	uint64_t mean, deviation; /* of the round trips; 0: none measured yet */
	unsigned int doublings;   /* of the timeout, since nothing came */
	uint64_t narrowed;        /* when limit was last halved */
};

void window_init(struct window *window, unsigned int most, bool fixed);

/* The time to wait for an answer. */
uint64_t window_timeout(const struct window *window);

/* An answer came, round_trip after the request; 0 if it may be the answer to a repetition. */
void window_answered(struct window *window, uint64_t round_trip);

/* A request sent at that time got no answer in time. */
void window_lost(struct window *window, uint64_t sent, uint64_t now);

#endif
