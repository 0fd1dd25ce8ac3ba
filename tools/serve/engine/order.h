/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which requests have to wait for which. Pure: no I/O, no clock, no memory but the caller's.
 *
 * Requests on overlapping bytes of one file, at least one of which writes, take effect in the order
 * in which they are admitted, which is that of their arrival over all LANs. Should one be admitted
 * too late after all, a write that arrived before an overlapping write that was admitted already is
 * superseded: it must not be done any more.
 *
 * Entries are found by hash, so that thousands under way cost no more than a few.
 */
#ifndef TOOLS_SERVE_ENGINE_ORDER_H
#define TOOLS_SERVE_ENGINE_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	ORDER_LENGTH_MAX = 64 << 10, /* bytes of one request: it lies in two pieces at most */
	ORDER_SLOTS = 1 << 12,       /* lists of entries; a power of two */
	ORDER_MEMORY = 1 << 16,      /* times of arrival that are remembered; a power of two */
};

struct order_link {
	struct order_link *next, *previous;
	struct order_entry *entry;
};

/* One request; part of the caller's own struct. The caller fills in the first four. */
struct order_entry {
	uint64_t file;       /* the same number for the same file */
	uint64_t start, end; /* bytes of the file, end excluded; at most ORDER_LENGTH_MAX */
	bool write;
	bool released;
	unsigned int blockers; /* what it still waits for */
	struct order_link links[2];
	size_t slots[2], link_count;
	struct order_entry *next_ready;
};

struct order {
	/* Called when an entry that had to wait may be done now. It may call anything here. */
	void (*start)(struct order_entry *entry);
	struct {
		struct order_link *first, *last;
	} slots[ORDER_SLOTS];
	/*
	 * When the latest write arrived on a sector with that hash. Two may share one: then a
	 * write that comes out of order may be dropped for nothing, and is repeated.
	 */
	uint64_t latest[ORDER_MEMORY];
	struct order_entry *ready, **ready_end;
	bool starting;
};

enum order_verdict {
	ORDER_START,      /* nothing is in its way: to be done now */
	ORDER_WAIT,       /* order->start is called when it is to be done */
	ORDER_SUPERSEDED, /* not admitted: to be dropped */
};

void order_init(struct order *order, void (*start)(struct order_entry *entry));

/* True if an entry like this would not have to wait. */
bool order_is_free(const struct order *order, const struct order_entry *entry);

/*
 * What did not arrive from anywhere: it has its place in the order, but is neither superseded nor
 * supersedes what waited in a queue meanwhile.
 */
enum { ORDER_NEVER_ARRIVED = 0 };

/* arrival: nanoseconds of a clock that all LANs share, or ORDER_NEVER_ARRIVED. */
enum order_verdict order_admit(struct order *order, struct order_entry *entry, uint64_t arrival);

/* It is done: what waited for it may start. It can still be found. */
void order_release(struct order *order, struct order_entry *entry);

/* Takes it out; it is released. */
void order_remove(struct order *order, struct order_entry *entry);

/*
 * An entry on the same bytes of the same file, of the same kind, for which same says yes; or NULL.
 */
struct order_entry *order_find(struct order *order, const struct order_entry *like,
                               bool (*same)(const struct order_entry *entry, const void *what),
                               const void *what);

/* Forgets when writes arrived: the clock was set back. */
void order_forget_times(struct order *order);

#endif
