/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/disk/blockmap.h"

#include <errno.h>
#include <stdlib.h>

enum { SMALLEST = 256 };

/* Where a key's slot is, or that which it would get. There is always a free one. */
static struct blockmap_slot *find(const struct blockmap *map, uint64_t key)
{
	/* Fibonacci hashing (Knuth, volume 3, 6.4): neighbours come to lie far apart. */
	size_t at = (size_t)((key * 0x9e3779b97f4a7c15u) >> 20) & (map->capacity - 1);

	while (map->slots[at].key && map->slots[at].key != key)
		at = (at + 1) & (map->capacity - 1);
	return &map->slots[at];
}

static int grow(struct blockmap *map)
{
	struct blockmap larger = {.capacity = map->capacity ? map->capacity * 2 : SMALLEST,
	                          .count = map->count};

	larger.slots = calloc(larger.capacity, sizeof(*larger.slots));
	if (!larger.slots)
		return -ENOMEM;
	for (size_t i = 0; i < map->capacity; i++)
		if (map->slots[i].key)
			*find(&larger, map->slots[i].key) = map->slots[i];
	free(map->slots);
	*map = larger;
	return 0;
}

int blockmap_put(struct blockmap *map, uint64_t block, uint64_t value)
{
	struct blockmap_slot *slot;

	/* Half of them stay free, so that a search is short. */
	if (map->count >= map->capacity / 2 && grow(map))
		return -ENOMEM;
	slot = find(map, block + 1);
	map->count += !slot->key;
	*slot = (struct blockmap_slot){block + 1, value};
	return 0;
}

const uint64_t *blockmap_get(const struct blockmap *map, uint64_t block)
{
	const struct blockmap_slot *slot = map->capacity ? find(map, block + 1) : NULL;

	return slot && slot->key ? &slot->value : NULL;
}

const struct blockmap_slot *blockmap_next(const struct blockmap *map, size_t *at)
{
	while (*at < map->capacity) {
		const struct blockmap_slot *slot = &map->slots[(*at)++];

		if (slot->key)
			return slot;
	}
	return NULL;
}

void blockmap_free(struct blockmap *map)
{
	free(map->slots);
	*map = (struct blockmap){0};
}
