/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The partitions of an disk image: all within the disk or cut off, none twice, in a
 * time that the disk cannot drive up. The disk is sparse: the input is a list of sectors and what
 * stands in them.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"
#include "tools/disk/partitions.h"

enum { SECTOR = 512, KNOWN = 8 };

/* One sector: its number in one byte, where in it the bytes stand, how many, the bytes. */
static void put_sector(int fd, struct input *input)
{
	uint8_t sector[SECTOR] = {0}, number = take_byte(input), *bytes;
	size_t start = take_below(input, SECTOR), most = take_below(input, SECTOR + 1), length;

	bytes = take_bytes(input, most < SECTOR - start ? most : SECTOR - start, &length);
	memcpy(sector + start, bytes, length);
	/* The marks of a partition table, so that they need not be guessed each time. */
	memcpy(sector + 510, "\x55\xaa", 2);
	ALWAYS(pwrite(fd, sector, SECTOR, (off_t)number * SECTOR) == SECTOR);
	free(bytes);
}

static void check(uint64_t size, const struct partitions *list)
{
	ALWAYS(list->count >= 1 && list->count <= PARTITIONS_MAX);
	for (size_t i = 0; i < list->count; i++) {
		const struct partition *part = &list->parts[i];

		ALWAYS(part->offset <= size && part->size <= size - part->offset);
		ALWAYS(part->number
		               ? (part->offset && part->size) || !strcmp(part->holds, "cut off")
		               : list->count == 1);
		ALWAYS(memchr(part->holds, '\0', sizeof(part->holds)));
		for (size_t k = 0; k < i; k++)
			ALWAYS(list->parts[k].number != part->number);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint64_t sizes[] = {SECTOR, 3 * SECTOR, 64 * SECTOR, 1 << 20, 1ull << 40};
	struct input input = {data, size};
	uint64_t disk_size = sizes[take_below(&input, 5)] + take_below(&input, 4);
	int fd = memfd_create("disk", MFD_CLOEXEC);
	struct partitions list;

	for (size_t i = 0; input.left && i < KNOWN; i++)
		put_sector(fd, &input);
	ALWAYS(fd >= 0 && !ftruncate(fd, (off_t)disk_size));
	ALWAYS(!partitions_read(&list, fd, disk_size));
	check(disk_size, &list);
	close(fd);
	return 0;
}
