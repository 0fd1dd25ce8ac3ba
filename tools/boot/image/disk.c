/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/boot/image/disk.h"

#include <stdbool.h>
#include <string.h>

#include "tools/base/bytes.h"

enum { SECTOR = 512 };

static uint64_t le64(const uint8_t *b)
{
	return le32(b) | (uint64_t)le32(b + 4) << 32;
}

/* ---- file systems
 * -------------------------------------------------------------------------------- */

/* Where each keeps its magic number: the kernel's include/uapi/linux/magic.h and fs/ sources. */
static const struct {
	const char *name;
	uint32_t offset;
	uint8_t length;
	const char *magic;
} magics[] = {
        {"ext4", 1024 + 56, 2, "\x53\xEF"},
        {"xfs", 0, 4, "XFSB"},
        {"btrfs", 65536 + 64, 8, "_BHRfS_M"},
        {"f2fs", 1024, 4, "\x10\x20\xF5\xF2"},
        {"squashfs", 0, 4, "hsqs"},
        {"erofs", 1024, 4, "\xE2\xE1\xF5\xE0"},
        {"LUKS", 0, 6, "LUKS\xBA\xBE"},
        {"LVM", 512 + 24, 8, "LVM2 001"},
        {"swap", 4086, 10, "SWAPSPACE2"},
        {"vfat", 82, 5, "FAT32"},
        {"vfat", 54, 5, "FAT16"},
        {"vfat", 54, 5, "FAT12"},
        {"ISO 9660", 32769, 5, "CD001"},
};

const char *disk_file_system(disk_read_fn *read, void *context, const struct disk_part *part)
{
	uint8_t found[16];

	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
		uint64_t end = (uint64_t)magics[i].offset + magics[i].length;

		if (end > part->size)
			continue;
		if (read(context, part->offset + magics[i].offset, found, magics[i].length) < 0)
			continue;
		if (!memcmp(found, magics[i].magic, magics[i].length))
			return magics[i].name;
	}
	return NULL;
}

/* ---- partitions
 * ---------------------------------------------------------------------------------- */

/* Adds what lies within the disk. first and count are sectors. */
static void add(struct disk *disk, unsigned number, uint64_t first, uint64_t count, uint64_t size)
{
	uint64_t sectors = size / SECTOR;

	if (!first || !count || first >= sectors || count > sectors - first ||
	    disk->count == DISK_PARTITIONS)
		return;
	disk->parts[disk->count++] = (struct disk_part){number, first * SECTOR, count * SECTOR};
}

/* The entries of a GPT whose header is in sector; false if it is none. */
static int read_gpt(struct disk *disk, disk_read_fn *read, void *context, uint64_t size, bool *is)
{
	static const uint8_t unused[16];
	uint8_t header[SECTOR], entry[128];
	uint64_t table;
	uint32_t count, length;
	int rc;

	*is = false;
	if (size < 3 * SECTOR)
		return 0;
	rc = read(context, SECTOR, header, sizeof(header));
	if (rc < 0)
		return rc;
	table = le64(header + 72);
	count = le32(header + 80);
	length = le32(header + 84);
	if (memcmp(header, "EFI PART", 8) || length < sizeof(entry) || length > 4096 || table < 2 ||
	    table > size / SECTOR)
		return 0;
	*is = true;
	for (uint32_t i = 0; i < count && i < DISK_PARTITIONS; i++) {
		uint64_t at = table * SECTOR + (uint64_t)i * length, first, last;

		if (at > size || size - at < sizeof(entry))
			break;
		rc = read(context, at, entry, sizeof(entry));
		if (rc < 0)
			return rc;
		first = le64(entry + 32);
		last = le64(entry + 40);
		if (memcmp(entry, unused, sizeof(unused)) && last >= first && last != UINT64_MAX)
			add(disk, i + 1, first, last - first + 1, size);
	}
	return 0;
}

static bool is_extended(uint8_t type)
{
	return type == 0x05 || type == 0x0F || type == 0x85;
}

/*
 * Logical partitions: a chain of sectors with a table each, whose first entry is the partition
 * (counted from that sector) and whose second is the next sector (counted from the chain's start).
 * *number is the first one's, and then that of the next chain's first.
 */
static int read_logical(struct disk *disk, disk_read_fn *read, void *context, uint64_t size,
                        uint64_t start, unsigned *number)
{
	uint8_t sector[SECTOR];
	uint64_t at = start;

	for (; *number < DISK_PARTITIONS; ++*number) {
		const uint8_t *entry = sector + 446;
		int rc;

		if (at >= size / SECTOR)
			return 0;
		rc = read(context, at * SECTOR, sector, sizeof(sector));
		if (rc < 0)
			return rc;
		if (sector[510] != 0x55 || sector[511] != 0xAA)
			return 0;
		add(disk, *number, at + le32(entry + 8), le32(entry + 12), size);
		if (!is_extended(entry[16 + 4]) || !le32(entry + 16 + 8)) {
			++*number;
			return 0;
		}
		at = start + le32(entry + 16 + 8);
	}
	return 0;
}

static int read_mbr(struct disk *disk, disk_read_fn *read, void *context, uint64_t size)
{
	uint8_t sector[SECTOR];
	unsigned logical = 5;
	int rc;

	if (size < SECTOR)
		return 0;
	rc = read(context, 0, sector, sizeof(sector));
	if (rc < 0 || sector[510] != 0x55 || sector[511] != 0xAA)
		return rc;
	for (unsigned i = 0; i < 4; i++) {
		const uint8_t *entry = sector + 446 + 16 * i;

		if (is_extended(entry[4]))
			rc = read_logical(disk, read, context, size, le32(entry + 8), &logical);
		else if (entry[4])
			add(disk, i + 1, le32(entry + 8), le32(entry + 12), size);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int disk_partitions(struct disk *disk, disk_read_fn *read, void *context, uint64_t size)
{
	struct disk_part whole = {0, 0, size};
	bool gpt = false;
	int rc = 0;

	disk->count = 0;
	if (!disk_file_system(read, context, &whole)) {
		rc = read_gpt(disk, read, context, size, &gpt);
		if (rc >= 0 && !gpt)
			rc = read_mbr(disk, read, context, size);
	}
	if (rc >= 0 && !disk->count)
		disk->parts[disk->count++] = whole;
	return rc;
}
