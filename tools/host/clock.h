/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Time: microseconds of CLOCK_MONOTONIC. A wait gets one absolute deadline and passes it down. */
#ifndef TOOLS_HOST_CLOCK_H
#define TOOLS_HOST_CLOCK_H

#include <limits.h>
#include <stdint.h>
#include <time.h>

#define CLOCK_SECOND 1000000LL
#define CLOCK_NEVER  INT64_MAX

static inline int64_t clock_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * CLOCK_SECOND + t.tv_nsec / 1000;
}

/* What is left until the deadline, as poll(2) takes it: rounded up, so that it never wakes early.
 */
static inline int clock_poll(int64_t deadline)
{
	int64_t left;

	if (deadline == CLOCK_NEVER)
		return -1;
	left = deadline - clock_now();
	if (left <= 0)
		return 0;
	left = (left + 999) / 1000;
	return left > INT_MAX ? INT_MAX : (int)left;
}

#endif
