/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/store/blockmap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct blockmap_sector {
	uint64_t number;
	bool listed; /* among those that are not saved */
	struct blockmap_sector *next_unsaved, **unsaved_link;
	uint8_t present[BLOCKMAP_SECTOR];
	uint8_t saved[]; /* as much again, if the map is kept */
};

int blockmap_init(struct blockmap *map, uint64_t blocks, bool is_kept)
{
	*map = (struct blockmap){
	        .blocks = blocks,
	        .is_kept = is_kept,
	        .count = blocks / BLOCKMAP_SECTOR_BLOCKS + !!(blocks % BLOCKMAP_SECTOR_BLOCKS),
	};
	map->sectors = calloc(map->count + 1, sizeof(map->sectors[0]));
	return map->sectors ? 0 : -ENOMEM;
}

void blockmap_release(struct blockmap *map)
{
	for (size_t i = 0; map->sectors && i < map->count; i++)
		free(map->sectors[i]);
	free(map->sectors);
	*map = (struct blockmap){0};
}

/* ---- bits ---- */

static bool has(const struct blockmap *map, uint64_t block)
{
	const struct blockmap_sector *sector = map->sectors[block / BLOCKMAP_SECTOR_BLOCKS];
	unsigned int bit = block % BLOCKMAP_SECTOR_BLOCKS;

	return sector && sector->present[bit / 8] >> bit % 8 & 1;
}

static uint64_t count_bits(const uint8_t bits[BLOCKMAP_SECTOR])
{
	uint64_t count = 0;

	for (size_t i = 0; i < BLOCKMAP_SECTOR; i++)
		count += (uint64_t)__builtin_popcount(bits[i]);
	return count;
}

uint64_t blockmap_run(const struct blockmap *map, uint64_t first, uint64_t count, bool *present)
{
	uint64_t run = 1;

	*present = has(map, first);
	while (run < count && has(map, first + run) == *present)
		run++;
	return run;
}

uint64_t blockmap_missing(const struct blockmap *map, uint64_t first, uint64_t count)
{
	uint64_t missing = 0;

	for (uint64_t i = 0; i < count; i++)
		missing += !has(map, first + i);
	return missing;
}

/* ---- what is written ---- */

static int allocate(struct blockmap *map, uint64_t number)
{
	struct blockmap_sector *sector;

	if (map->sectors[number])
		return 0;
	sector = calloc(1, sizeof(*sector) + (map->is_kept ? BLOCKMAP_SECTOR : 0));
	if (!sector)
		return -ENOMEM;
	sector->number = number;
	map->sectors[number] = sector;
	return 0;
}

int blockmap_reserve(struct blockmap *map, uint64_t first, uint64_t count)
{
	uint64_t last = (first + count - 1) / BLOCKMAP_SECTOR_BLOCKS;
	int rc = 0;

	for (uint64_t i = first / BLOCKMAP_SECTOR_BLOCKS; !rc && i <= last; i++)
		rc = allocate(map, i);
	return rc;
}

static void list_unsaved(struct blockmap *map, struct blockmap_sector *sector)
{
	if (!map->is_kept || sector->listed)
		return;
	sector->listed = true;
	sector->next_unsaved = map->unsaved;
	sector->unsaved_link = &map->unsaved;
	if (map->unsaved)
		map->unsaved->unsaved_link = &sector->next_unsaved;
	map->unsaved = sector;
	map->unsaved_count++;
}

static void add(struct blockmap *map, uint64_t block)
{
	struct blockmap_sector *sector = map->sectors[block / BLOCKMAP_SECTOR_BLOCKS];
	unsigned int bit = block % BLOCKMAP_SECTOR_BLOCKS;

	if (has(map, block))
		return;
	sector->present[bit / 8] |= (uint8_t)(1U << bit % 8);
	map->present++;
	list_unsaved(map, sector);
}

void blockmap_add(struct blockmap *map, uint64_t first, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		add(map, first + i);
}

/* ---- the file's map ---- */

void blockmap_copy_unsaved(const struct blockmap *map, struct blockmap_page *pages)
{
	for (const struct blockmap_sector *s = map->unsaved; s; s = s->next_unsaved, pages++) {
		pages->number = s->number;
		memcpy(pages->bits, s->present, BLOCKMAP_SECTOR);
	}
}

static void unlist(struct blockmap *map, struct blockmap_sector *sector)
{
	*sector->unsaved_link = sector->next_unsaved;
	if (sector->next_unsaved)
		sector->next_unsaved->unsaved_link = sector->unsaved_link;
	sector->listed = false;
	map->unsaved_count--;
}

void blockmap_saved(struct blockmap *map, const struct blockmap_page *page)
{
	struct blockmap_sector *sector = map->sectors[page->number];

	memcpy(sector->saved, page->bits, BLOCKMAP_SECTOR);
	/* More may have been added since. */
	if (!memcmp(sector->saved, sector->present, BLOCKMAP_SECTOR))
		unlist(map, sector);
}

static void set_present(struct blockmap *map, struct blockmap_sector *sector,
                        const uint8_t bits[BLOCKMAP_SECTOR])
{
	map->present += count_bits(bits) - count_bits(sector->present);
	memcpy(sector->present, bits, BLOCKMAP_SECTOR);
}

void blockmap_revert(struct blockmap *map)
{
	while (map->unsaved) {
		struct blockmap_sector *sector = map->unsaved;

		set_present(map, sector, sector->saved);
		unlist(map, sector);
	}
}

void blockmap_restore(struct blockmap *map, const struct blockmap_page *page)
{
	struct blockmap_sector *sector = map->sectors[page->number];

	set_present(map, sector, page->bits);
	list_unsaved(map, sector);
}

/* True if no bit is set that has no block in the image. */
static bool fits(const struct blockmap *map, const struct blockmap_page *page)
{
	uint64_t first = page->number * BLOCKMAP_SECTOR_BLOCKS;

	for (uint64_t i = map->blocks - first; i < BLOCKMAP_SECTOR_BLOCKS; i++)
		if (page->bits[i / 8] >> i % 8 & 1)
			return false;
	return true;
}

int blockmap_load(struct blockmap *map, const struct blockmap_page *page)
{
	static const uint8_t none[BLOCKMAP_SECTOR];
	struct blockmap_sector *sector;

	if (!memcmp(page->bits, none, sizeof(none)))
		return 0;
	if (page->number >= map->count || !fits(map, page))
		return -EBADMSG;
	if (allocate(map, page->number))
		return -ENOMEM;
	sector = map->sectors[page->number];
	set_present(map, sector, page->bits);
	memcpy(sector->saved, page->bits, BLOCKMAP_SECTOR);
	return 0;
}
