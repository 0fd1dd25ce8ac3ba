/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/host/histogram.h"

/* Values below 2^(BITS+1) have a bucket each; above, the highest BITS+1 bits choose it. */
static size_t bucket_of(uint64_t value)
{
	unsigned int shift = 0;
	const uint64_t longest = ((uint64_t)1 << HISTOGRAM_POWERS) - 1;

	if (value > longest)
		value = longest;
	if (value >> (HISTOGRAM_BITS + 1))
		shift = 63 - (unsigned int)__builtin_clzll(value) - HISTOGRAM_BITS;
	return ((size_t)shift << HISTOGRAM_BITS) + (size_t)(value >> shift);
}

/* The largest value that falls into it. */
static uint64_t end_of(size_t bucket)
{
	size_t shift = bucket >> HISTOGRAM_BITS;

	if (shift)
		shift--;
	return (((uint64_t)(bucket - (shift << HISTOGRAM_BITS)) + 1) << shift) - 1;
}

void histogram_add(struct histogram *histogram, uint64_t nanoseconds)
{
	histogram->buckets[bucket_of(nanoseconds)]++;
	histogram->count++;
	if (nanoseconds > histogram->max)
		histogram->max = nanoseconds;
}

void histogram_merge(struct histogram *into, const struct histogram *from)
{
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
		into->buckets[i] += from->buckets[i];
	into->count += from->count;
	if (from->max > into->max)
		into->max = from->max;
}

uint64_t histogram_percentile(const struct histogram *histogram, double percent)
{
	double wanted = (double)histogram->count * percent / 100;
	uint64_t seen = 0;

	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += histogram->buckets[i];
		if (seen && (double)seen >= wanted)
			return end_of(i) < histogram->max ? end_of(i) : histogram->max;
	}
	return histogram->max;
}
