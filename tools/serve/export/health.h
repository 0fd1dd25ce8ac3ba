/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether an export's storage works, and when that is to be said. Pure; times in milliseconds. */
#ifndef TOOLS_SERVE_EXPORT_HEALTH_H
#define TOOLS_SERVE_EXPORT_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/serve/watch/limit.h"

enum { HEALTH_CALM = 2000 }; /* without an error before things are said to be well again */

/* Of something that can fail and comes back by itself. All zero at first. */
struct health {
	bool failing;
	uint64_t since, last; /* the first and the latest error of this failure */
	struct limit errors;
};

/* It failed. True if that is to be said now; count is how often since it was last said. */
static inline bool health_failed(struct health *health, uint64_t now, unsigned long *count)
{
	if (!health->failing)
		*health = (struct health){.failing = true, .since = now};
	health->last = now;
	return limit_pass(&health->errors, now, 1, count);
}

/* It worked. True if it is to be said now that it works again, after *duration of failing. */
static inline bool health_worked(struct health *health, uint64_t now, uint64_t *duration)
{
	if (!health->failing || now - health->last < HEALTH_CALM)
		return false;
	health->failing = false;
	*duration = health->last - health->since;
	return true;
}

#endif
