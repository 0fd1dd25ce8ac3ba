/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The requests that are under way: found by the tag of their answer, and in the order in which they
 * were sent, the oldest first, so that those whose time is up are found without looking at all.
 */
#ifndef TOOLS_BENCH_FLIGHT_H
#define TOOLS_BENCH_FLIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct session;
struct operation;

/* One frame of an operation. */
struct request {
	struct session *session; /* NULL: free */
	struct operation *operation;
	uint32_t tag;
	uint32_t first, count; /* sectors, counted from the operation's first */
	uint64_t sent;         /* last, as bench_now */
	uint64_t due;          /* then it is sent again */
	bool repeated;
	struct request *older, *newer; /* newer also chains the free ones */
};

struct flight {
	struct request *requests;
	size_t room, count;
	unsigned int index_bits; /* low bits of a tag: the index; above: how often it was used */
	struct request *oldest, *newest, *free;
};

/* Room for that many, at least 1, at most 2^24. Returns 0 or -ENOMEM. */
int flight_init(struct flight *flight, size_t room);
void flight_release(struct flight *flight);

/* A request with a tag of its own, sent now, due after timeout; NULL when there is no room. */
struct request *flight_begin(struct flight *flight, uint64_t now, uint64_t timeout);

/* It is sent again: it becomes the newest. */
void flight_repeat(struct flight *flight, struct request *request, uint64_t now, uint64_t timeout);

/* The request with that tag that is under way, or NULL. */
struct request *flight_find(const struct flight *flight, uint32_t tag);

void flight_end(struct flight *flight, struct request *request);

#endif
