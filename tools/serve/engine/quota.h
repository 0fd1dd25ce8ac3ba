/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many requests an export may have under way, so that one whose disk is slow or hangs leaves
 * room for all others; and of those one initiator, so that one that asks for much leaves room for
 * the others at the same export. Pure.
 */
#ifndef TOOLS_SERVE_ENGINE_QUOTA_H
#define TOOLS_SERVE_ENGINE_QUOTA_H

#include <stdbool.h>
#include <stddef.h>

enum {
	/* Under way at the same time, at some 10 KB each: 128 initiators with 64 buffers each. */
	QUOTA_JOBS = 8192,
	QUOTA_EXPORT = QUOTA_JOBS / 2, /* of one export, when nobody else has any */
};

/*
 * May an export that holds that many have one more, when all together hold `busy`? Each may have as
 * many as are free: of n that take all they can get, each gets one part in n + 1, and that part
 * stays free for the next one.
 */
static inline bool quota_allows(size_t held, size_t busy)
{
	size_t free = QUOTA_JOBS - busy;

	return busy < QUOTA_JOBS && held < free && held < QUOTA_EXPORT;
}

/* May an initiator that holds that many of an export's have one more? The same among those. */
static inline bool quota_allows_initiator(size_t held, size_t held_by_all)
{
	return held_by_all < QUOTA_EXPORT && held < QUOTA_EXPORT - held_by_all;
}

#endif
