/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/disk/partitions.h"

#include <blkid/blkid.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SECTOR = 512 };

/* What libblkid calls otherwise than this command does; ext4 mounts all three. */
static const char *name_of(const char *type)
{
	static const struct {
		const char *type, *name;
	} names[] = {
	        {"ext2", "ext4"},
	        {"ext3", "ext4"},
	        {"crypto_LUKS", "encrypted (LUKS)"},
	        {"BitLocker", "encrypted (BitLocker)"},
	        {"LVM2_member", "LVM"},
	        {"linux_raid_member", "a part of a RAID"},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(type, names[i].type))
			return names[i].name;
	return type;
}

static bool can_be_root(const char *type, const char *usage)
{
	static const char *const never[] = {"vfat", "exfat", "ntfs", "iso9660", "udf"};

	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		if (!strcmp(type, never[i]))
			return false;
	return !strcmp(usage, "filesystem");
}

static blkid_probe open_probe(int fd, uint64_t offset, uint64_t size)
{
	blkid_probe probe = blkid_new_probe();

	if (!probe)
		abort();
	if (!blkid_probe_set_device(probe, fd, (blkid_loff_t)offset, (blkid_loff_t)size))
		return probe;
	blkid_free_probe(probe);
	return NULL;
}

/* Fills in what a part holds. */
static int identify(struct partition *part, int fd)
{
	blkid_probe probe = open_probe(fd, part->offset, part->size);
	const char *type = "", *usage = "";
	int found;

	if (!probe)
		return -EIO;
	blkid_probe_enable_superblocks(probe, true);
	blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_USAGE);
	found = blkid_do_safeprobe(probe); /* 0: yes, 1: nothing, -2: several at once */
	if (!found && !blkid_probe_lookup_value(probe, "TYPE", &type, NULL))
		blkid_probe_lookup_value(probe, "USAGE", &usage, NULL);
	snprintf(part->holds, sizeof(part->holds), "%s",
	         found == -2 ? "several at once (see wipefs)" : name_of(type));
	part->can_be_root = can_be_root(type, usage);
	blkid_free_probe(probe);
	return found == -1 ? -EIO : 0;
}

/* Adds a partition, unless it would hold the table itself; first and count are sectors. */
static int add(struct partitions *list, int fd, unsigned number, uint64_t first, uint64_t count,
               uint64_t size)
{
	uint64_t sectors = size / SECTOR;
	struct partition *part = &list->parts[list->count];

	if (!first || !count || list->count == PARTITIONS_MAX)
		return 0;
	list->count++;
	*part = (struct partition){.number = number, .holds = "cut off"};
	if (first >= sectors || count > sectors - first)
		return 0;
	part->offset = first * SECTOR;
	part->size = count * SECTOR;
	return identify(part, fd);
}

static int read_table(struct partitions *list, int fd, uint64_t size)
{
	blkid_probe probe = open_probe(fd, 0, size);
	blkid_partlist table;
	int rc = 0;

	if (!probe)
		return -EIO;
	table = blkid_probe_get_partitions(probe);
	for (int i = 0; !rc && table && i < blkid_partlist_numof_partitions(table); i++) {
		blkid_partition at = blkid_partlist_get_partition(table, i);

		if (at && !blkid_partition_is_extended(at))
			rc = add(list, fd, (unsigned)blkid_partition_get_partno(at),
			         (uint64_t)blkid_partition_get_start(at),
			         (uint64_t)blkid_partition_get_size(at), size);
	}
	blkid_free_probe(probe);
	return rc;
}

/* A GPT that is not whole: its header says where the disk ends, and libblkid has not believed it.
 */
static bool has_torn_gpt(int fd)
{
	static const char magic[] = "EFI PART"; /* UEFI specification 5.3.2, at the second sector */
	char found[sizeof(magic) - 1];

	return pread(fd, found, sizeof(found), SECTOR) == (ssize_t)sizeof(found) &&
	       !memcmp(found, magic, sizeof(found));
}

int partitions_read(struct partitions *list, int fd, uint64_t size)
{
	struct partition whole = {.size = size};
	int rc = identify(&whole, fd);

	list->count = 0;
	if (!rc && !*whole.holds)
		rc = read_table(list, fd, size);
	if (rc || list->count)
		return rc;
	if (!*whole.holds && has_torn_gpt(fd))
		snprintf(whole.holds, sizeof(whole.holds), "a GPT that is damaged or cut off");
	list->parts[list->count++] = whole;
	return 0;
}
