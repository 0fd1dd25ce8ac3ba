/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_SERVE_ENGINE_CLOCK_H
#define TOOLS_SERVE_ENGINE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* Milliseconds of a clock: CLOCK_REALTIME for frames, CLOCK_MONOTONIC for messages. */
static inline uint64_t milliseconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/*
 * The wall clock against the time since the machine was started, which nobody sets. Pure. All zero
 * at first.
 */
struct clock_watch {
	bool known;
	int64_t offset; /* milliseconds by which the wall clock is ahead */
};

/*
 * What both say now, in milliseconds. Returns by how much the wall clock was set since the last
 * time: more than 0 is forward, as it is after a virtual machine was paused.
 */
static inline int64_t clock_step(struct clock_watch *watch, uint64_t wall, uint64_t boot)
{
	int64_t offset = (int64_t)(wall - boot);
	int64_t step = watch->known ? offset - watch->offset : 0;

	*watch = (struct clock_watch){true, offset};
	return step;
}

#endif
