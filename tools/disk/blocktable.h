/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A number for each of some blocks: a hash table by the block's number. Pure. */
#ifndef TOOLS_DISK_BLOCKTABLE_H
#define TOOLS_DISK_BLOCKTABLE_H

#include <stddef.h>
#include <stdint.h>

struct blocktable_slot {
	uint64_t key; /* the block's number and 1; 0: the slot is free */
	uint64_t value;
};

/* Starts as {0}; owns slots. */
struct blocktable {
	struct blocktable_slot *slots;
	size_t capacity; /* a power of two, or 0 */
	size_t count;
};

/* Sets a block's number, whatever it was; block is below UINT64_MAX. Returns 0 or -ENOMEM. */
int blocktable_put(struct blocktable *table, uint64_t block, uint64_t value);

/* A block's number; NULL: it has none. Good until the next blocktable_put. */
const uint64_t *blocktable_get(const struct blocktable *table, uint64_t block);

/*
 * The next slot that is taken, from *at on, which starts as 0: NULL when there is none. Its block
 * is key - 1.
 */
const struct blocktable_slot *blocktable_next(const struct blocktable *table, size_t *at);

void blocktable_free(struct blocktable *table);

#endif
