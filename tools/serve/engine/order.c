/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/engine/order.h"

#include <string.h>

/*
 * Bytes for which one time of arrival is remembered: a sector. With small frames a file system's
 * block comes in several, which do not supersede each other in whatever order they are taken.
 */
enum { BLOCK = 512 };

/* The number of a piece of that size, spread (Knuth's multiplicative hash, 64 bits). */
static uint64_t hash(uint64_t file, uint64_t piece)
{
	return (piece + file * 0xff51afd7ed558ccd + 1) * 0x9e3779b97f4a7c15 >> 32;
}

static bool conflicts(const struct order_entry *a, const struct order_entry *b)
{
	return (a->write || b->write) && a->file == b->file && a->start < b->end &&
	       b->start < a->end;
}

void order_init(struct order *order, void (*start)(struct order_entry *entry))
{
	memset(order, 0, sizeof(*order));
	order->start = start;
	order->ready_end = &order->ready;
}

void order_forget_times(struct order *order)
{
	memset(order->latest, 0, sizeof(order->latest));
}

/* ---- when writes arrived ---- */

static uint64_t *remembered(struct order *order, uint64_t file, uint64_t block)
{
	return &order->latest[hash(file, block) % ORDER_MEMORY];
}

static bool is_superseded(struct order *order, const struct order_entry *entry, uint64_t arrival)
{
	for (uint64_t b = entry->start / BLOCK; b * BLOCK < entry->end; b++)
		if (arrival < *remembered(order, entry->file, b))
			return true;
	return false;
}

static void remember(struct order *order, const struct order_entry *entry, uint64_t arrival)
{
	for (uint64_t b = entry->start / BLOCK; b * BLOCK < entry->end; b++)
		*remembered(order, entry->file, b) = arrival;
}

/* ---- who is under way ---- */

static void append(struct order *order, struct order_entry *entry, size_t slot)
{
	struct order_link *link = &entry->links[entry->link_count];

	entry->slots[entry->link_count++] = slot;
	*link = (struct order_link){.previous = order->slots[slot].last, .entry = entry};
	if (link->previous)
		link->previous->next = link;
	else
		order->slots[slot].first = link;
	order->slots[slot].last = link;
}

/*
 * Those before it that it has to wait for. One that shares two slots is counted in each, and
 * discounted in each by unblock.
 */
static unsigned int count_blockers(const struct order *order, const struct order_entry *entry,
                                   size_t slot)
{
	unsigned int count = 0;

	for (const struct order_link *link = order->slots[slot].first; link; link = link->next)
		count += !link->entry->released && conflicts(link->entry, entry);
	return count;
}

/* The slots that it lies in; returns how many. */
static size_t find_slots(const struct order_entry *entry, size_t slots[2])
{
	uint64_t first = entry->start / ORDER_LENGTH_MAX,
	         last = (entry->end - 1) / ORDER_LENGTH_MAX;

	slots[0] = hash(entry->file, first) % ORDER_SLOTS;
	slots[1] = hash(entry->file, last) % ORDER_SLOTS;
	return first == last ? 1 : 2;
}

bool order_is_free(const struct order *order, const struct order_entry *entry)
{
	size_t slots[2], count = find_slots(entry, slots);
	unsigned int blockers = 0;

	for (size_t i = 0; i < count; i++)
		blockers += count_blockers(order, entry, slots[i]);
	return !blockers;
}

enum order_verdict order_admit(struct order *order, struct order_entry *entry, uint64_t arrival)
{
	size_t slots[2], count = find_slots(entry, slots);

	if (entry->write && arrival != ORDER_NEVER_ARRIVED) {
		if (is_superseded(order, entry, arrival))
			return ORDER_SUPERSEDED;
		remember(order, entry, arrival);
	}
	entry->released = false;
	entry->blockers = 0;
	entry->link_count = 0;
	for (size_t i = 0; i < count; i++)
		entry->blockers += count_blockers(order, entry, slots[i]);
	for (size_t i = 0; i < count; i++)
		append(order, entry, slots[i]);
	return entry->blockers ? ORDER_WAIT : ORDER_START;
}

static void make_ready(struct order *order, struct order_entry *entry)
{
	entry->next_ready = NULL;
	*order->ready_end = entry;
	order->ready_end = &entry->next_ready;
}

/* Those after it wait for one less. */
static void unblock(struct order *order, const struct order_entry *entry)
{
	for (size_t i = 0; i < entry->link_count; i++)
		for (struct order_link *link = entry->links[i].next; link; link = link->next)
			if (link->entry != entry && conflicts(entry, link->entry) &&
			    !--link->entry->blockers)
				make_ready(order, link->entry);
}

void order_release(struct order *order, struct order_entry *entry)
{
	if (entry->released)
		return;
	entry->released = true;
	unblock(order, entry);
	/* One that is started may be done at once and release others: no recursion for those. */
	if (order->starting)
		return;
	order->starting = true;
	while (order->ready) {
		struct order_entry *ready = order->ready;

		order->ready = ready->next_ready;
		if (!order->ready)
			order->ready_end = &order->ready;
		order->start(ready);
	}
	order->starting = false;
}

void order_remove(struct order *order, struct order_entry *entry)
{
	for (size_t i = 0; i < entry->link_count; i++) {
		struct order_link *link = &entry->links[i];

		if (link->previous)
			link->previous->next = link->next;
		else
			order->slots[entry->slots[i]].first = link->next;
		if (link->next)
			link->next->previous = link->previous;
		else
			order->slots[entry->slots[i]].last = link->previous;
	}
	entry->link_count = 0;
}

struct order_entry *order_find(struct order *order, const struct order_entry *like,
                               bool (*same)(const struct order_entry *entry, const void *what),
                               const void *what)
{
	size_t slot = hash(like->file, like->start / ORDER_LENGTH_MAX) % ORDER_SLOTS;

	for (struct order_link *link = order->slots[slot].first; link; link = link->next) {
		struct order_entry *entry = link->entry;

		if (entry->file == like->file && entry->start == like->start &&
		    entry->end == like->end && entry->write == like->write && same(entry, what))
			return entry;
	}
	return NULL;
}
