/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is on a disk image: its partitions and what each of them holds, as libblkid tells it. */
#ifndef TOOLS_DISK_PARTITIONS_H
#define TOOLS_DISK_PARTITIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PARTITIONS_MAX = 128 }; /* GPT's usual table; more are not looked at */

struct partition {
	unsigned number; /* as Linux counts; 0: the whole disk */
	uint64_t offset; /* bytes */
	uint64_t size;   /* bytes */
	char holds[40];  /* "ext4" (for all of ext2-4), "xfs", "encrypted (LUKS)"; "": nothing known
	                  */
	bool can_be_root;
};

struct partitions {
	struct partition parts[PARTITIONS_MAX];
	size_t count;
};

/*
 * Lists the partitions of a disk of size bytes. One that reaches beyond the disk holds "cut off". A
 * disk without a partition table, or with a file system from its first byte on, has one part:
 * itself. Returns 0 or a negative errno of reading it.
 */
int partitions_read(struct partitions *list, int fd, uint64_t size);

#endif
