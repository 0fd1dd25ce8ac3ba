/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one initiator has under way at an export, so that one that asks for much leaves room for the
 * others there: as many of its requests as it was told it may have are at the store at a time, the
 * rest waits its turn. No more are answered from memory one after the other, before those that
 * others sent meanwhile. Pure.
 *
 * A share is asked for what may be done at once as far as the order goes (order.h): whatever waits
 * there for its turn is overtaken only by what does not overlap it.
 */
#ifndef TOOLS_SERVE_ENGINE_SHARE_H
#define TOOLS_SERVE_ENGINE_SHARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/aoe/address.h"

enum {
	SHARE_SLOTS = 1 << 12, /* a power of two */
	SHARE_PROBES = 16,     /* that are looked at; when others have all of them, one is shared */
	SHARE_STARTED = 64,    /* at the store, or more if initiators are told more buffers */
};

/* One request; part of the caller's own struct. */
struct share_entry {
	struct share_entry *next;
	bool started;
};

/* Reads, or writes: either may hang while the other is done. */
struct share_line {
	size_t started;                   /* those at the store */
	struct share_entry *first, **end; /* those that wait for their turn */
	bool starting;
};

struct share {
	const void *export;         /* whose it is, as long as held is not 0 */
	struct mac initiator;       /* the same */
	size_t held;                /* requests that it has under way, counted by the caller */
	size_t most;                /* of each line, that may be at the store */
	struct share_line lines[2]; /* reads, writes */
	/* Requests that had arrived by then, of which none was looked at before: nanoseconds. */
	uint64_t waited_at;
	size_t waited;
};

/* All zero at first. */
struct shares {
	struct share slots[SHARE_SLOTS];
};

/*
 * That of an initiator which was told of so many buffers, at that export: a pointer that no other
 * export has as long as requests of this one are under way, be it the next one of its address.
 */
struct share *share_of(struct shares *shares, const void *export, struct mac initiator,
                       unsigned int buffers);

/*
 * One of its requests is looked at, which arrived then, with what was received at read_at; both are
 * nanoseconds of one clock. Returns true if the initiator has more of them waiting than it was told
 * it may: each of these keeps the others' waiting behind it. Who does as it was told never has.
 */
bool share_exceeds(struct share *share, uint64_t arrived, uint64_t read_at);

/* Returns true if the entry may be started now; else share_end's start is called for it. */
bool share_start(struct share *share, bool write, struct share_entry *entry);

/*
 * The entry has ended, and may be gone by now; `started` says if it was. Calls start for those
 * whose turn it is; that may call anything here.
 */
void share_end(struct share *share, bool write, bool started,
               void (*start)(struct share_entry *entry));

#endif
