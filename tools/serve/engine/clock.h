/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_SERVE_ENGINE_CLOCK_H
#define TOOLS_SERVE_ENGINE_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Milliseconds of a clock: CLOCK_REALTIME for frames, CLOCK_MONOTONIC for messages. */
static inline uint64_t milliseconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

#endif
