/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The partitions of an image that boot is given: all within the disk, none twice, found with a
 * number of reads that the disk cannot drive up; nothing is read beyond its end. The disk is
 * sparse: the input is a list of sectors and what stands in them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tools/boot/image/disk.h"

enum { SECTOR = 512, KNOWN = 8, READS = 2000 };

struct image {
	uint64_t size;
	uint64_t at[KNOWN];
	uint8_t sectors[KNOWN][SECTOR];
	size_t count, reads;
};

static uint8_t byte_at(const struct image *image, uint64_t offset)
{
	for (size_t i = 0; i < image->count; i++)
		if (image->at[i] == offset / SECTOR)
			return image->sectors[i][offset % SECTOR];
	return 0;
}

static int read_image(void *context, uint64_t offset, void *to, size_t n)
{
	struct image *image = context;

	ALWAYS(offset <= image->size && n <= image->size - offset);
	ALWAYS(++image->reads <= READS);
	for (size_t i = 0; i < n; i++)
		((uint8_t *)to)[i] = byte_at(image, offset + i);
	return 0;
}

/* One sector: its number in one byte, where in it the bytes stand, how many, the bytes. */
static void take_sector(struct image *image, struct input *input)
{
	size_t start, length, most;
	uint8_t *bytes;

	image->at[image->count] = take_byte(input);
	start = take_below(input, SECTOR);
	most = take_below(input, SECTOR + 1);
	bytes = take_bytes(input, most < SECTOR - start ? most : SECTOR - start, &length);
	memcpy(image->sectors[image->count] + start, bytes, length);
	/* The marks of a partition table, so that they need not be guessed each time. */
	memcpy(image->sectors[image->count] + 510, "\x55\xaa", 2);
	image->count++;
	free(bytes);
}

static void check(struct image *image, const struct disk *disk)
{
	ALWAYS(disk->count >= 1 && disk->count <= DISK_PARTITIONS);
	for (size_t i = 0; i < disk->count; i++) {
		const struct disk_part *part = &disk->parts[i];

		ALWAYS(part->offset <= image->size && part->size <= image->size - part->offset);
		ALWAYS(part->number ? part->offset && part->size : disk->count == 1);
		for (size_t k = 0; k < i; k++)
			ALWAYS(disk->parts[k].number != part->number);
		image->reads = 0;
		disk_file_system(read_image, image, part);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint64_t sizes[] = {0, 100, SECTOR, 3 * SECTOR, 1 << 20, 1ull << 62};
	struct input input = {data, size};
	struct image image = {.size = sizes[take_below(&input, 6)] + take_below(&input, 4)};
	struct disk disk;

	while (input.left && image.count < KNOWN)
		take_sector(&image, &input);
	ALWAYS(!disk_partitions(&disk, read_image, &image, image.size));
	check(&image, &disk);
	return 0;
}
