/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a disk holds: which file system, with its UUID and label, or what else. Pure. */
#ifndef INIT_SUPERBLOCK_H
#define INIT_SUPERBLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/uuid.h"

/*
 * How much of a disk's beginning is wanted: the first step tells most types; those of the second
 * begin at 32 and 64 KiB.
 */
enum { SUPERBLOCK_NEAR = 8192, SUPERBLOCK_FAR = 65536 + 4096 };

/* How much is wanted from superblock_raid_at() on. */
enum { SUPERBLOCK_RAID = 512 };

struct superblock {
	const char *type; /* the kernel's name for it: "ext4", "xfs"; or what it is, "LUKS" */
	const char
	        *module; /* the module that mounts it; NULL: it is no file system to be mounted */
	char uuid[UUID_TEXT]; /* "" if the type has none */
	char label[257];      /* "" if none; any byte but '\0' may stand in it */
	uint64_t size;        /* of the file system, in bytes; 0: not known */
	uint64_t tables;      /* of a SquashFS: where what is in it is told, up to its end */
	uint32_t made;        /* when, if it has no UUID: seconds since 1970; 0: not known */
};

/*
 * Looks at the first `length` bytes of a disk or partition. Returns 0, or -ENOENT when nothing
 * known begins within them.
 */
int superblock_identify(const uint8_t *disk, size_t length, struct superblock *superblock);

/*
 * Members of a Linux RAID of the older kinds look like the file system that is on all of them: what
 * tells is at their end. The two places of a device of `size` bytes; 0 if it is too small.
 */
uint64_t superblock_raid_at(uint64_t size, unsigned place);

/*
 * Whether SUPERBLOCK_RAID bytes from such a place on are a RAID's. *superblock, which is what the
 * device's beginning looks like, becomes that of a member then; its UUID and label stay.
 */
bool superblock_is_raid(const uint8_t bytes[SUPERBLOCK_RAID], struct superblock *superblock);

#endif
