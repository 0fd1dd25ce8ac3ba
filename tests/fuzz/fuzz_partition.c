/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the init reads of a partition table. The disk is sparse: the input is a list of sectors and
 * what stands in them. No table makes it read anything but a bounded number of sectors, and what it
 * gives is text of its own making.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "init/disk.h"
#include "tests/fuzz/fuzz.h"

enum { KNOWN = 6 };

/* One sector: its number in one byte, where in it the bytes stand, how many, the bytes. */
static void put_sector(int fd, struct input *input)
{
	uint8_t sector[PARTITION_SECTOR] = {0}, number = take_byte(input), *bytes;
	size_t start = take_below(input, PARTITION_SECTOR);
	size_t most = take_below(input, PARTITION_SECTOR + 1), room = PARTITION_SECTOR - start;
	size_t length;

	bytes = take_bytes(input, most < room ? most : room, &length);
	memcpy(sector + start, bytes, length);
	/* The marks of a partition table, so that they need not be guessed each time. */
	if (!number)
		memcpy(sector + 510, "\x55\xaa", 2);
	if (number == 1)
		memcpy(sector, "EFI PART", 8);
	ALWAYS(pwrite(fd, sector, PARTITION_SECTOR, (off_t)number * PARTITION_SECTOR) ==
	       PARTITION_SECTOR);
	free(bytes);
}

/* As RFC 3629 wants it. */
static void check_utf8(const char *text)
{
	const uint8_t *at = (const uint8_t *)text;

	while (*at) {
		unsigned more = *at < 0x80 ? 0 : *at < 0xe0 ? 1 : *at < 0xf0 ? 2 : 3;

		ALWAYS(*at < 0x80 || (*at >= 0xc2 && *at < 0xf5));
		ALWAYS(!(at[0] == 0xe0 && at[1] < 0xa0) && !(at[0] == 0xed && at[1] >= 0xa0));
		ALWAYS(!(at[0] == 0xf0 && at[1] < 0x90) && !(at[0] == 0xf4 && at[1] >= 0x90));
		for (at++; more; more--, at++)
			ALWAYS((*at & 0xc0) == 0x80);
	}
}

static void check(const struct partition *partition)
{
	size_t type = strnlen(partition->type, UUID_TEXT);

	ALWAYS(memchr(partition->uuid, '\0', UUID_TEXT));
	ALWAYS(strspn(partition->uuid, "0123456789abcdef-") == strlen(partition->uuid));
	ALWAYS(type == 0 || type == UUID_TEXT - 1);
	ALWAYS(memchr(partition->label, '\0', PARTITION_LABEL));
	check_utf8(partition->label);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const off_t sizes[] = {100, PARTITION_SECTOR, 64 * PARTITION_SECTOR, (off_t)1 << 40};
	struct input input = {data, size};
	off_t disk_size = sizes[take_below(&input, 4)];
	unsigned number = take_byte(&input);
	uint64_t start = take_number(&input);
	struct partition partition = {0};
	int fd = memfd_create("disk", MFD_CLOEXEC), rc;

	for (size_t i = 0; input.left && i < KNOWN; i++)
		put_sector(fd, &input);
	ALWAYS(fd >= 0 && !ftruncate(fd, disk_size));
	rc = disk_read_table(fd, number, start, &partition);
	ALWAYS(rc == 0 || rc == -ENOENT);
	check(&partition);
	close(fd);
	return 0;
}
