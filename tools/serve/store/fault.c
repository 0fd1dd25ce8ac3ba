/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/store/fault.h"

#include <stdlib.h>

static struct fault *fault_of(struct store *store)
{
	return (struct fault *)(void *)store;
}

/* ---- chance ---- */

/* SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014). */
static uint64_t draw(struct fault *fault, size_t rule)
{
	uint64_t x = fault->row[rule] += 0x9e3779b97f4a7c15;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

static bool hits(struct fault *fault, size_t number, const struct store_request *request)
{
	const struct fault_rule *rule = &fault->rules.list[number];

	if (!(rule->operations & 1U << request->operation))
		return false;
	return draw(fault, number) % FAULT_ALWAYS < rule->share;
}

/* ---- wrong bits ---- */

/* What is to be done when the store below is done with a request that has one. */
struct flip {
	void (*done)(struct store_request *request);
	void *owner;
	uint64_t bit; /* of the data */
};

static void turn_over(struct store_request *request, uint64_t bit)
{
	((uint8_t *)request->data)[bit / 8] ^= (uint8_t)(1 << bit % 8);
}

/* What is written is the caller's, and is made right again. */
static void flipped(struct store_request *request)
{
	struct flip *flip = request->owner;

	request->done = flip->done;
	request->owner = flip->owner;
	if (request->operation == STORE_WRITE || !request->error)
		turn_over(request, flip->bit);
	free(flip);
	request->done(request);
}

static void add_flip(struct fault *fault, size_t rule, struct store_request *request)
{
	struct flip *flip = request->length ? malloc(sizeof(*flip)) : NULL;

	if (!flip)
		return;
	*flip = (struct flip){request->done, request->owner,
	                      draw(fault, rule) % (request->length * 8)};
	request->done = flipped;
	request->owner = flip;
	if (request->operation == STORE_WRITE)
		turn_over(request, flip->bit);
}

/* ---- what is held ---- */

static void empty(struct fault_list *list)
{
	list->first = NULL;
	list->end = &list->first;
}

static void enqueue(struct fault *fault)
{
	if (fault->queued)
		return;
	fault->queued = true;
	fault->next = fault->queue->first;
	fault->queue->first = fault;
}

static void dequeue(struct fault *fault)
{
	struct fault **at = &fault->queue->first;

	while (*at && *at != fault)
		at = &(*at)->next;
	if (*at)
		*at = fault->next;
	fault->queued = false;
}

/* Not one millisecond too early, of which a part is over already. */
static uint64_t time_of(const struct fault_queue *queue, const struct fault_rule *rule)
{
	if (rule->effect == FAULT_HANG)
		return FAULT_NEVER;
	if (rule->effect == FAULT_ERROR)
		return queue->now;
	return (queue->clock ? queue->clock() : queue->now) + rule->delay + 1;
}

/* An error is told later too: whoever starts one request after the other is not called back. */
static void hold(struct fault *fault, size_t number, struct store_request *request)
{
	const struct fault_rule *rule = &fault->rules.list[number];
	struct fault_list *list = &fault->held[number];

	request->held.next = NULL;
	request->held.due = time_of(fault->queue, rule);
	*list->end = request;
	list->end = &request->held.next;
	if (rule->effect != FAULT_HANG)
		enqueue(fault);
}

/* From that rule on. */
static void go_on(struct fault *fault, size_t number, struct store_request *request)
{
	for (; number < fault->rules.count; number++) {
		if (!hits(fault, number, request))
			continue;
		if (fault->rules.list[number].effect != FAULT_FLIP) {
			hold(fault, number, request);
			return;
		}
		add_flip(fault, number, request);
	}
	store_start(fault->below, request);
}

static void let_go(struct fault *fault, size_t number, struct store_request *request)
{
	const struct fault_rule *rule = &fault->rules.list[number];

	if (rule->effect != FAULT_ERROR) {
		go_on(fault, number + 1, request);
		return;
	}
	request->error = rule->error;
	request->done(request);
}

static struct store_request *take_due(struct fault_list *list, uint64_t now)
{
	struct store_request *request = list->first;

	if (!request || request->held.due > now)
		return NULL;
	list->first = request->held.next;
	if (!list->first)
		list->end = &list->first;
	return request;
}

static uint64_t next_due(const struct fault *fault)
{
	uint64_t due = FAULT_NEVER;

	for (size_t i = 0; i < fault->rules.count; i++) {
		const struct store_request *first = fault->held[i].first;

		if (first && first->held.due < due)
			due = first->held.due;
	}
	return due;
}

void fault_run(struct fault_queue *queue, uint64_t now)
{
	struct fault *fault = queue->first;

	queue->now = now;
	queue->first = NULL;
	while (fault) {
		struct fault *next = fault->next;
		struct store_request *request;

		fault->queued = false;
		for (size_t i = 0; i < fault->rules.count; i++)
			while ((request = take_due(&fault->held[i], now)))
				let_go(fault, i, request);
		if (next_due(fault) != FAULT_NEVER)
			enqueue(fault);
		fault = next;
	}
}

uint64_t fault_due(const struct fault_queue *queue)
{
	uint64_t due = FAULT_NEVER;

	for (const struct fault *fault = queue->first; fault; fault = fault->next) {
		uint64_t first = next_due(fault);

		due = first < due ? first : due;
	}
	return due;
}

void fault_set(struct fault *fault, const struct fault_rules *rules)
{
	struct fault_list all;

	dequeue(fault);
	empty(&all);
	for (size_t i = 0; i < fault->rules.count; i++) {
		if (!fault->held[i].first)
			continue;
		*all.end = fault->held[i].first;
		all.end = fault->held[i].end;
		empty(&fault->held[i]);
	}
	fault->rules = *rules;
	for (size_t i = 0; i < rules->count; i++)
		fault->row[i] = rules->seed + i;
	while (all.first) {
		struct store_request *request = all.first;

		all.first = request->held.next;
		go_on(fault, 0, request);
	}
}

/* ---- the store ---- */

static void fault_start(struct store *store, struct store_request *request)
{
	go_on(fault_of(store), 0, request);
}

/* Reads that may meet a fault are to be started. */
static int fault_try_read(struct store *store, void *data, size_t length, uint64_t offset)
{
	struct fault *fault = fault_of(store);

	for (size_t i = 0; i < fault->rules.count; i++)
		if (fault->rules.list[i].operations & 1U << STORE_READ)
			return -EAGAIN;
	return store_try_read(fault->below, data, length, offset);
}

static void fault_leave(struct store *store, struct store_request *request)
{
	if (!store_leave(fault_of(store)->below, request))
		request->done(request);
}

/* What went on has left it in the queue, perhaps with nothing to wait for any more. */
static void fault_close(struct store *store)
{
	dequeue(fault_of(store));
	store_close(fault_of(store)->below);
}

void fault_resized(struct fault *fault)
{
	fault->store.size = fault->below->size;
}

void fault_init(struct fault *fault, struct store *below, struct fault_queue *queue)
{
	static const struct store_operations operations = {fault_try_read, fault_start, fault_leave,
	                                                   fault_close};

	*fault = (struct fault){.store = {.operations = &operations, .size = below->size},
	                        .below = below,
	                        .queue = queue};
	for (size_t i = 0; i < FAULT_RULES_MAX; i++)
		empty(&fault->held[i]);
}
