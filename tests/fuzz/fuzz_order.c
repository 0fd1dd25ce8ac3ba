/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests that come, are done and are forgotten in any sequence, beside a slow and plain model of
 * what order.h promises: overlapping ones take effect in the order in which they were admitted,
 * none starts twice, none waits for ever, and an older write never follows a newer one.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tools/serve/engine/order.h"

enum { ENTRIES = 24, STEPS = 200, FILES = 2, NEAR = 16, UNIT = 512 };

enum state { FREE, WAITING, STARTED, RELEASED };

struct request {
	struct order_entry entry; /* first: the callback is given this */
	enum state state;
	uint64_t arrival;
	unsigned admitted; /* its turn */
};

/* The callback has no context of its own. */
static struct world {
	struct order order;
	struct request requests[ENTRIES];
	unsigned turns;
	/* Every write that was ever admitted. */
	struct {
		uint64_t file, start, end, arrival;
	} writes[STEPS];
	size_t write_count;
} world;

static bool overlap(const struct request *a, const struct request *b)
{
	return a->entry.file == b->entry.file && a->entry.start < b->entry.end &&
	       b->entry.start < a->entry.end && (a->entry.write || b->entry.write);
}

/* True if an earlier request is in the way. */
static bool is_blocked(const struct request *request)
{
	for (size_t i = 0; i < ENTRIES; i++) {
		const struct request *other = &world.requests[i];

		if (other != request && (other->state == WAITING || other->state == STARTED) &&
		    other->admitted < request->admitted && overlap(other, request))
			return true;
	}
	return false;
}

static void start(struct order_entry *entry)
{
	struct request *request = (struct request *)(void *)entry;

	ALWAYS(request->state == WAITING && !is_blocked(request));
	request->state = STARTED;
}

/* True if a write that was admitted arrived later, on the same bytes; or at all, with `anywhere`.
 */
static bool is_older(const struct request *request, bool anywhere)
{
	for (size_t i = 0; i < world.write_count; i++)
		if (world.writes[i].arrival > request->arrival &&
		    (anywhere || (world.writes[i].file == request->entry.file &&
		                  world.writes[i].start < request->entry.end &&
		                  request->entry.start < world.writes[i].end)))
			return true;
	return false;
}

static void remember(const struct request *request)
{
	world.writes[world.write_count].file = request->entry.file;
	world.writes[world.write_count].start = request->entry.start;
	world.writes[world.write_count].end = request->entry.end;
	world.writes[world.write_count++].arrival = request->arrival;
}

static void admit(struct request *request, struct input *input)
{
	/* At the edges of the pieces that the order is kept by, where two lists are concerned. */
	uint64_t piece = take_below(input, 4) * ORDER_LENGTH_MAX;
	uint64_t start_at = piece + take_below(input, 2 * NEAR) * UNIT;
	uint64_t from = start_at > NEAR * UNIT ? start_at - NEAR * UNIT : start_at;
	size_t length =
	        take_below(input, 256) ? 1 + take_below(input, NEAR) : ORDER_LENGTH_MAX / UNIT;

	*request = (struct request){.entry = {.file = take_below(input, FILES),
	                                      .start = from,
	                                      .end = from + length * UNIT,
	                                      .write = take_byte(input) & 1},
	                            .arrival = 100 + world.turns - take_below(input, 8),
	                            .admitted = ++world.turns};
	switch (order_admit(&world.order, &request->entry, request->arrival)) {
	case ORDER_START:
		request->state = STARTED;
		ALWAYS(!is_blocked(request));
		break;
	case ORDER_WAIT:
		request->state = WAITING;
		ALWAYS(is_blocked(request));
		break;
	default:
		ALWAYS(request->entry.write && is_older(request, true));
		return;
	}
	ALWAYS(!request->entry.write || !is_older(request, false));
	if (request->entry.write)
		remember(request);
}

static bool is_same(const struct order_entry *entry, const void *what)
{
	return entry == what;
}

static void step(struct input *input)
{
	struct request *request = &world.requests[take_below(input, ENTRIES)];

	switch (request->state) {
	case FREE:
		admit(request, input);
		break;
	case WAITING:
		ALWAYS(is_blocked(request));
		ALWAYS(order_find(&world.order, &request->entry, is_same, &request->entry));
		break;
	case STARTED:
		request->state = RELEASED;
		order_release(&world.order, &request->entry);
		break;
	case RELEASED:
		request->state = FREE;
		order_remove(&world.order, &request->entry);
		break;
	}
}

/* Nothing new comes: all that waits gets its turn, and nothing is left. */
static void finish(void)
{
	bool busy = true;

	while (busy) {
		busy = false;
		for (size_t i = 0; i < ENTRIES; i++)
			if (world.requests[i].state == STARTED) {
				world.requests[i].state = RELEASED;
				order_release(&world.order, &world.requests[i].entry);
				busy = true;
			}
	}
	for (size_t i = 0; i < ENTRIES; i++) {
		ALWAYS(world.requests[i].state != WAITING);
		if (world.requests[i].state == RELEASED)
			order_remove(&world.order, &world.requests[i].entry);
	}
	for (size_t i = 0; i < ORDER_SLOTS; i++)
		ALWAYS(!world.order.slots[i].first && !world.order.slots[i].last);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};

	memset(world.requests, 0, sizeof(world.requests));
	world.turns = 0;
	world.write_count = 0;
	order_init(&world.order, start);
	for (int i = 0; i < STEPS && input.left; i++)
		step(&input);
	finish();
	return 0;
}
