/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/bench/flight.h"

#include <errno.h>
#include <stdlib.h>

int flight_init(struct flight *flight, size_t room)
{
	*flight = (struct flight){.room = room};
	while ((size_t)1 << flight->index_bits < room)
		flight->index_bits++;
	flight->requests = calloc(room, sizeof(*flight->requests));
	if (!flight->requests)
		return -ENOMEM;
	for (size_t i = room; i-- > 0;) {
		flight->requests[i].tag = (uint32_t)i;
		flight->requests[i].newer = flight->free;
		flight->free = &flight->requests[i];
	}
	return 0;
}

void flight_release(struct flight *flight)
{
	free(flight->requests);
	flight->requests = NULL;
}

static void append(struct flight *flight, struct request *request, uint64_t now, uint64_t timeout)
{
	request->sent = now;
	request->due = now + timeout;
	request->newer = NULL;
	request->older = flight->newest;
	if (flight->newest)
		flight->newest->newer = request;
	else
		flight->oldest = request;
	flight->newest = request;
}

static void take_out(struct flight *flight, struct request *request)
{
	if (request->older)
		request->older->newer = request->newer;
	else
		flight->oldest = request->newer;
	if (request->newer)
		request->newer->older = request->older;
	else
		flight->newest = request->older;
}

struct request *flight_begin(struct flight *flight, uint64_t now, uint64_t timeout)
{
	struct request *request = flight->free;

	if (!request)
		return NULL;
	flight->free = request->newer;
	flight->count++;
	request->tag += UINT32_C(1) << flight->index_bits;
	request->repeated = false;
	append(flight, request, now, timeout);
	return request;
}

void flight_repeat(struct flight *flight, struct request *request, uint64_t now, uint64_t timeout)
{
	take_out(flight, request);
	append(flight, request, now, timeout);
	request->repeated = true;
}

struct request *flight_find(const struct flight *flight, uint32_t tag)
{
	size_t index = tag & ((UINT32_C(1) << flight->index_bits) - 1);
	struct request *request = index < flight->room ? &flight->requests[index] : NULL;

	return request && request->session && request->tag == tag ? request : NULL;
}

void flight_end(struct flight *flight, struct request *request)
{
	take_out(flight, request);
	flight->count--;
	request->session = NULL;
	request->newer = flight->free;
	flight->free = request;
}
