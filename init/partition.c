/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/partition.h"

#include <errno.h>
#include <string.h>

#include "init/utf16.h"
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

int partition_of_gpt(const uint8_t entry[PARTITION_ENTRY], uint64_t start,
                     struct partition *partition)
{
	/* UEFI specification, 5.3.3; the type is the first. */
	enum { UNIQUE = 16, FIRST = 32, NAME = 56 };
	struct text label;

	if (le64(entry + FIRST) != start)
		return -ENOENT;
	uuid_write_guid(entry, partition->type);
	uuid_write_guid(entry + UNIQUE, partition->uuid);
	text_begin(&label, partition->label, sizeof(partition->label));
	utf16_add(&label, entry + NAME, PARTITION_ENTRY - NAME);
	return 0;
}
