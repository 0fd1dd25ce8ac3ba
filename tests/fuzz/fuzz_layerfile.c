/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file of a layer: its header, and sectors of its map. What is taken means the same when it is
 * written out, and has no block that the image does not have.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tools/serve/store/layerfile.h"

enum { BLOCKS = 2 * BLOCKMAP_SECTOR_BLOCKS + 9, PAGES = 8 };

static void check_header(struct input *input)
{
	uint8_t header[LAYERFILE_HEADER] = {0}, again[LAYERFILE_HEADER];
	struct layerfile_base base;
	size_t length;
	uint8_t *bytes = take_bytes(input, LAYERFILE_USED + 8, &length);
	int rc;

	memcpy(header, bytes, length);
	free(bytes);
	rc = layerfile_parse(header, &base);
	ALWAYS(!rc || rc == -EBADMSG);
	if (rc)
		return;
	ALWAYS(base.size <= LAYERFILE_IMAGE_MAX);
	ALWAYS(layerfile_data_at(base.size) % BLOCKMAP_BLOCK == 0);
	layerfile_make(&base, again);
	ALWAYS(!memcmp(header, again, sizeof(header)));
}

static uint64_t count_present(const struct blockmap *map)
{
	return map->blocks - blockmap_missing(map, 0, map->blocks);
}

static void load(struct blockmap *map, struct input *input)
{
	struct blockmap_page page = {.number = take_below(input, PAGES)};
	size_t length, at = take_below(input, BLOCKMAP_SECTOR);
	uint8_t *bytes = take_bytes(input, BLOCKMAP_SECTOR - at, &length);
	int rc;

	memcpy(page.bits + at, bytes, length);
	free(bytes);
	rc = blockmap_load(map, &page);
	ALWAYS(!rc || rc == -EBADMSG);
	ALWAYS(map->present == count_present(map) && !map->unsaved_count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	struct blockmap map;

	check_header(&input);
	ALWAYS(!blockmap_init(&map, BLOCKS, true));
	for (int i = 0; i < PAGES && input.left; i++)
		load(&map, &input);
	blockmap_release(&map);
	return 0;
}
