/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which file system a disk holds, with its UUID and label. Pure. */
#ifndef INIT_SUPERBLOCK_H
#define INIT_SUPERBLOCK_H

#include <stddef.h>
#include <stdint.h>

/*
 * How much of a disk's beginning is wanted: the first step tells all types but btrfs, whose
 * superblock stands at 64 KiB.
 */
enum { SUPERBLOCK_NEAR = 4096, SUPERBLOCK_FAR = 65536 + 4096 };

struct superblock {
	const char *type;   /* the kernel's name for it: "ext4", "xfs", ... */
	const char *module; /* the module that mounts it */
	char uuid[37];      /* "" if the type has none */
	char label[257];    /* "" if none; any byte but '\0' may stand in it */
};

/*
 * Looks at the first `length` bytes of a disk or partition. Returns 0, or -ENOENT when no known
 * file system begins within them.
 */
int superblock_identify(const uint8_t *disk, size_t length, struct superblock *superblock);

#endif
