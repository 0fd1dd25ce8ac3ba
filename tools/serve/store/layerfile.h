/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file of a layer: a header, the map of the blocks that it has (blockmap.h), and the blocks,
 * each at its own place, so that the file has holes where the layer has nothing. Numbers are little
 * endian.
 *
 *     0     16 bytes  "etherroot layer\n"
 *     16    u32       version, 1
 *     20    u32       bytes of a block, 4096
 *     24    u64       bytes of the image that is exported
 *     32    u64       bytes before them in its file
 *     40    i64       when the image was changed last: nanoseconds since 1970; 0 of a device
 *     4096            the map, and from the next multiple of 4096 on the blocks
 *
 * Pure but for layerfile_create, _open and _save, which may wait for a disk.
 */
#ifndef TOOLS_SERVE_STORE_LAYERFILE_H
#define TOOLS_SERVE_STORE_LAYERFILE_H

#include <stdint.h>

#include "tools/serve/store/blockmap.h"

enum {
	LAYERFILE_HEADER = 4096, /* bytes */
	LAYERFILE_USED = 48,     /* of those that say something; the others are 0 */
};

/* Most bytes that an image may have: what a file of ext4 holds beside its map, with room to spare,
 * and 8 MiB of memory for an empty map. */
#define LAYERFILE_IMAGE_MAX ((uint64_t)15 << 40)

/* What a layer lies over: with another base it makes no sense. */
struct layerfile_base {
	uint64_t size;   /* bytes */
	uint64_t start;  /* bytes before them in the file */
	int64_t changed; /* nanoseconds since 1970 */
};

/* Where things are in the file of a layer over so many bytes. */
uint64_t layerfile_map_at(uint64_t sector);
uint64_t layerfile_data_at(uint64_t size);
uint64_t layerfile_blocks(uint64_t size);

void layerfile_make(const struct layerfile_base *base, uint8_t header[LAYERFILE_HEADER]);

/* Returns 0, or -EBADMSG: not the header of a layer that is understood here. */
int layerfile_parse(const uint8_t header[LAYERFILE_HEADER], struct layerfile_base *base);

/*
 * A new file for a layer, without a name, or with one if name is not NULL: then it is complete and
 * on stable storage before it has it. Returns the descriptor or a negative errno; -EEXIST: there is
 * a file of that name.
 */
int layerfile_create(int directory, const char *name, const struct layerfile_base *base);

/*
 * Opens the file of a layer for nobody else, and takes its map over. Returns the descriptor or a
 * negative errno: -EBADMSG, it is no layer, or damaged; -ESTALE, a layer of another base, or of
 * this one before it was changed; -ETXTBSY, in use.
 */
int layerfile_open(int directory, const char *name, const struct layerfile_base *base,
                   struct blockmap *map);

/*
 * Makes the blocks stable, then the pages of the map that tell of them. Returns 0 or a negative
 * errno; *stable: the blocks are, whatever became of the pages.
 */
int layerfile_save(int fd, const struct blockmap_page *pages, size_t count, bool *stable);

/* What an error of these means, and what to do, as the end of a message. */
const char *layerfile_explain(int error);

#endif
