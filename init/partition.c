/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/partition.h"

#include <errno.h>
#include <string.h>

#include "tools/base/bytes.h"
#include "tools/base/text.h"

int partition_of_mbr(const uint8_t sector[PARTITION_SECTOR], unsigned number,
                     struct partition *partition)
{
	/* UEFI specification, 5.2.1 and 5.2.3: signature, four records, mark; a record's type. */
	enum { SIGNATURE = 440, RECORDS = 446, RECORD = 16, MARK = 510, TYPE = 4, FIRST = 8 };
	char disk[TEXT_NUMBER], place[TEXT_NUMBER];

	if (le16(sector + MARK) != 0xaa55)
		return -ENOENT;
	/* The one record of a GPT that keeps others away, as block/partitions/efi.c knows it. */
	for (int at = RECORDS; at < MARK; at += RECORD)
		if (sector[at + TYPE] == 0xee && le32(sector + at + FIRST) == 1)
			return -EAGAIN;
	/* block/partitions/msdos.c, set_info */
	*partition = (struct partition){0};
	text_join(partition->uuid, sizeof(partition->uuid),
	          text_hex(disk, le32(sector + SIGNATURE), 8), "-", text_hex(place, number, 2),
	          NULL);
	return 0;
}

int partition_find_entry(const uint8_t header[PARTITION_SECTOR], unsigned number, uint64_t *offset)
{
	/* UEFI specification, 5.3.2 */
	enum { ENTRIES = 72, COUNT = 80, SIZE = 84 };
	uint64_t entries = le64(header + ENTRIES);

	if (memcmp(header, "EFI PART", 8) != 0 || entries > UINT32_MAX ||
	    number - 1 >= le32(header + COUNT) || le32(header + SIZE) != PARTITION_ENTRY)
		return -ENOENT;
	*offset = entries * PARTITION_SECTOR + (uint64_t)(number - 1) * PARTITION_ENTRY;
	return 0;
}

/* UTF-16, little-endian, as UTF-8; what stands beyond 0xffff becomes two '?'. */
static void write_name(const uint8_t *units, const uint8_t *end, char *name)
{
	unsigned unit;

	for (; units < end && (unit = le16(units)); units += 2) {
		if (unit >= 0xd800 && unit < 0xe000)
			unit = '?';
		if (unit >= 0x800)
			*name++ = (char)(0xe0 | unit >> 12);
		if (unit >= 0x80)
			*name++ = (char)(unit >= 0x800 ? 0x80 | (unit >> 6 & 0x3f)
			                               : 0xc0 | unit >> 6);
		*name++ = (char)(unit >= 0x80 ? 0x80 | (unit & 0x3f) : unit);
	}
	*name = '\0';
}

int partition_of_gpt(const uint8_t entry[PARTITION_ENTRY], uint64_t start,
                     struct partition *partition)
{
	/* UEFI specification, 5.3.3; the type is the first. */
	enum { UNIQUE = 16, FIRST = 32, NAME = 56 };

	if (le64(entry + FIRST) != start)
		return -ENOENT;
	uuid_write_guid(entry, partition->type);
	uuid_write_guid(entry + UNIQUE, partition->uuid);
	write_name(entry + NAME, entry + PARTITION_ENTRY, partition->label);
	return 0;
}
