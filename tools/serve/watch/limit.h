/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When to say something that may happen thousands of times a second. Pure; times in milliseconds of
 * one clock.
 */
#ifndef TOOLS_SERVE_WATCH_LIMIT_H
#define TOOLS_SERVE_WATCH_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

enum { LIMIT_INTERVAL = 10000 }; /* between two messages of one kind */

/* One kind of message. All zero at first. */
struct limit {
	uint64_t next;       /* not before this time; 0: never said yet */
	unsigned long count; /* times that it happened since it was last said */
};

/* It happened `times` more. True if it is to be said now; count is how often, then start again. */
static inline bool limit_pass(struct limit *limit, uint64_t now, unsigned long times,
                              unsigned long *count)
{
	limit->count += times;
	if (!limit->count || now < limit->next)
		return false;
	*count = limit->count;
	limit->count = 0;
	limit->next = now + LIMIT_INTERVAL;
	return true;
}

#endif
