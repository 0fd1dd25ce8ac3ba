/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Latencies, counted in buckets whose width grows with the value: 64 to each power of two, so that
 * a percentile is at most 1/64 (1.6 %) above the true one, whatever its size. Pure.
 */
#ifndef TOOLS_HOST_HISTOGRAM_H
#define TOOLS_HOST_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

enum {
	HISTOGRAM_BITS = 6,    /* 64 buckets to a power of two */
	HISTOGRAM_POWERS = 42, /* values up to 2^42 ns, 73 minutes; what is longer counts as that */
	HISTOGRAM_BUCKETS = (HISTOGRAM_POWERS - HISTOGRAM_BITS + 1) << HISTOGRAM_BITS,
};

/* All zero is an empty one. */
struct histogram {
	uint64_t count;
	uint64_t max; /* nanoseconds, exact */
	uint64_t buckets[HISTOGRAM_BUCKETS];
};

void histogram_add(struct histogram *histogram, uint64_t nanoseconds);

/* Adds what `from` has counted. */
void histogram_merge(struct histogram *into, const struct histogram *from);

/*
 * The value that `percent` (0 to 100) of the values do not exceed, in nanoseconds: the upper end of
 * its bucket, but never more than the maximum. 0 if nothing was counted.
 */
uint64_t histogram_percentile(const struct histogram *histogram, double percent);

#endif
