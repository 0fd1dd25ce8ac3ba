/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is on a disk image: its partitions (GPT: UEFI specification chapter 5; MBR with logical
 * partitions) and what kind of file system each holds. Pure: bytes come through a function.
 */
#ifndef TOOLS_BOOT_IMAGE_DISK_H
#define TOOLS_BOOT_IMAGE_DISK_H

#include <stddef.h>
#include <stdint.h>

enum { DISK_PARTITIONS = 128 }; /* GPT's usual table; more are not looked at */

/* Reads n bytes at a byte offset. Returns 0 or a negative errno; short is an error. */
typedef int disk_read_fn(void *context, uint64_t offset, void *to, size_t n);

struct disk_part {
	unsigned number; /* as Linux counts; 0: the whole disk */
	uint64_t offset; /* bytes */
	uint64_t size;   /* bytes */
};

struct disk {
	struct disk_part parts[DISK_PARTITIONS];
	size_t count;
};

/*
 * Lists the partitions of a disk of size bytes; those that do not lie within it are left out. A
 * disk without a partition table, or with a file system from its first byte on, has one part:
 * itself. Returns 0 or the read function's error.
 */
int disk_partitions(struct disk *disk, disk_read_fn *read, void *context, uint64_t size);

/* The file system of a part by its magic number ("ext4" for all of ext2-4), or NULL. */
const char *disk_file_system(disk_read_fn *read, void *context, const struct disk_part *part);

#endif
