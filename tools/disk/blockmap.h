/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A number for each of some blocks: a hash table by the block's number. Pure. */
#ifndef TOOLS_DISK_BLOCKMAP_H
#define TOOLS_DISK_BLOCKMAP_H

#include <stddef.h>
#include <stdint.h>

struct blockmap_slot {
	uint64_t key; /* the block's number and 1; 0: the slot is free */
	uint64_t value;
};

/* Starts as {0}; owns slots. */
struct blockmap {
	struct blockmap_slot *slots;
	size_t capacity; /* a power of two, or 0 */
	size_t count;
};

/* Sets a block's number, whatever it was; block is below UINT64_MAX. Returns 0 or -ENOMEM. */
int blockmap_put(struct blockmap *map, uint64_t block, uint64_t value);

/* A block's number; NULL: it has none. Good until the next blockmap_put. */
const uint64_t *blockmap_get(const struct blockmap *map, uint64_t block);

/*
 * The next slot that is taken, from *at on, which starts as 0: NULL when there is none. Its block
 * is key - 1.
 */
const struct blockmap_slot *blockmap_next(const struct blockmap *map, size_t *at);

void blockmap_free(struct blockmap *map);

#endif
