/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which blocks of an image a layer has, a bit for each, and which of them the map in the layer's
 * file says. Pure: no I/O. The bits are kept in sectors, in memory as in the file; there is memory
 * for those alone in which a block was written.
 */
#ifndef TOOLS_SERVE_STORE_BLOCKMAP_H
#define TOOLS_SERVE_STORE_BLOCKMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	BLOCKMAP_BLOCK = 4096, /* bytes: what file systems write, and the page of the cache */
	/* Bytes of the map that are written together: disks do that with a sector, or not at all.
	 */
	BLOCKMAP_SECTOR = 512,
	BLOCKMAP_SECTOR_BLOCKS = BLOCKMAP_SECTOR * 8,
};

struct blockmap_sector;

struct blockmap {
	uint64_t blocks;  /* of the image */
	uint64_t present; /* those that the layer has */
	size_t count;     /* sectors */
	bool is_kept;     /* there is a map in the file */
	struct blockmap_sector **sectors;
	struct blockmap_sector *unsaved; /* those that say more than the file's */
	size_t unsaved_count;
};

/* A sector as it is to be in the file. */
struct blockmap_page {
	uint64_t number; /* of the sector */
	uint8_t bits[BLOCKMAP_SECTOR];
};

/* A map without a block. Returns 0 or -ENOMEM; blockmap_release frees it in any case. */
int blockmap_init(struct blockmap *map, uint64_t blocks, bool is_kept);
void blockmap_release(struct blockmap *map);

/*
 * How many of the count blocks from first on, which are in the image, are like the first: *present
 * or not.
 */
uint64_t blockmap_run(const struct blockmap *map, uint64_t first, uint64_t count, bool *present);

/* How many of those blocks are not present. */
uint64_t blockmap_missing(const struct blockmap *map, uint64_t first, uint64_t count);

/* Has memory for those blocks' bits: returns 0, and blockmap_add cannot fail, or -ENOMEM. */
int blockmap_reserve(struct blockmap *map, uint64_t first, uint64_t count);

/* They are present from now on; for the file's map when it is saved next. */
void blockmap_add(struct blockmap *map, uint64_t first, uint64_t count);

/* Copies what is to be written to the file's map: map->unsaved_count pages. */
void blockmap_copy_unsaved(const struct blockmap *map, struct blockmap_page *pages);

/* That page, as it was copied, is stable in the file. */
void blockmap_saved(struct blockmap *map, const struct blockmap_page *page);

/* What the file's map does not say is not present any more. */
void blockmap_revert(struct blockmap *map);

/* But what that page says, as it was copied before, is, and is to be saved next. */
void blockmap_restore(struct blockmap *map, const struct blockmap_page *page);

/*
 * Takes over a sector of the file's map. Returns 0, -ENOMEM, or -EBADMSG: it has blocks that are
 * not in the image.
 */
int blockmap_load(struct blockmap *map, const struct blockmap_page *page);

#endif
