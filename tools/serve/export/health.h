/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether an export's storage works, and when that is to be said. Pure; times in milliseconds. */
#ifndef TOOLS_SERVE_EXPORT_HEALTH_H
#define TOOLS_SERVE_EXPORT_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/serve/watch/limit.h"

enum { HEALTH_CALM = 2000 }; /* without an error before things are said to be well again */

/* Of one direction, reading or writing, which can fail and comes back by itself. All zero at first.
 */
struct health {
	bool failing;
	uint64_t since, last; /* the first and the latest error of this failure */
	uint64_t offset;      /* byte of the export at which the latest error was */
	struct limit errors;
};

/* It failed there. True if that is to be said now; count is how often since it was last said. */
static inline bool health_failed(struct health *health, uint64_t now, uint64_t offset,
                                 unsigned long *count)
{
	if (!health->failing)
		*health = (struct health){.failing = true, .since = now};
	health->last = now;
	health->offset = offset;
	return limit_pass(&health->errors, now, 1, count);
}

/* It was tried again and fails still; that is not counted. */
static inline void health_fails_still(struct health *health, uint64_t now)
{
	if (health->failing)
		health->last = now;
}

/*
 * It worked, for length bytes. That says something only of where it failed: beside it a full disk
 * goes on to take writes. True if it is to be said that it works again, after *duration of failing.
 */
static inline bool health_worked(struct health *health, uint64_t now, uint64_t offset,
                                 uint64_t length, uint64_t *duration)
{
	if (!health->failing || now - health->last < HEALTH_CALM || health->offset < offset ||
	    health->offset - offset >= length)
		return false;
	health->failing = false;
	*duration = health->last - health->since;
	return true;
}

#endif
