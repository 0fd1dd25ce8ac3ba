/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/disk/blocktable.h"

#include <errno.h>
#include <stdlib.h>

enum { SMALLEST = 256 };

/* Where a key's slot is, or that which it would get. There is always a free one. */
static struct blocktable_slot *find(const struct blocktable *table, uint64_t key)
{
	/* Fibonacci hashing (Knuth, volume 3, 6.4): neighbours come to lie far apart. */
	size_t at = (size_t)((key * 0x9e3779b97f4a7c15u) >> 20) & (table->capacity - 1);

	while (table->slots[at].key && table->slots[at].key != key)
		at = (at + 1) & (table->capacity - 1);
	return &table->slots[at];
}

static int grow(struct blocktable *table)
{
	struct blocktable larger = {.capacity = table->capacity ? table->capacity * 2 : SMALLEST,
	                            .count = table->count};

	larger.slots = calloc(larger.capacity, sizeof(*larger.slots));
	if (!larger.slots)
		return -ENOMEM;
	for (size_t i = 0; i < table->capacity; i++)
		if (table->slots[i].key)
			*find(&larger, table->slots[i].key) = table->slots[i];
	free(table->slots);
	*table = larger;
	return 0;
}

int blocktable_put(struct blocktable *table, uint64_t block, uint64_t value)
{
	struct blocktable_slot *slot;

	/* Half of them stay free, so that a search is short. */
	if (table->count >= table->capacity / 2 && grow(table))
		return -ENOMEM;
	slot = find(table, block + 1);
	table->count += !slot->key;
	*slot = (struct blocktable_slot){block + 1, value};
	return 0;
}

const uint64_t *blocktable_get(const struct blocktable *table, uint64_t block)
{
	const struct blocktable_slot *slot = table->capacity ? find(table, block + 1) : NULL;

	return slot && slot->key ? &slot->value : NULL;
}

const struct blocktable_slot *blocktable_next(const struct blocktable *table, size_t *at)
{
	while (*at < table->capacity) {
		const struct blocktable_slot *slot = &table->slots[(*at)++];

		if (slot->key)
			return slot;
	}
	return NULL;
}

void blocktable_free(struct blocktable *table)
{
	free(table->slots);
	*table = (struct blocktable){0};
}
