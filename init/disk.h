/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The AoE disks that the kernel has found, and asking it to look for more. */
#ifndef INIT_DISK_H
#define INIT_DISK_H

#include <stdbool.h>
#include <stddef.h>

#include "init/address.h"
#include "init/partition.h"
#include "init/superblock.h"

/* Room for the path of a device node, the longest being a user's. */
enum { DISK_PATH = 128 };

/* The root, found. */
struct root_device {
	char path[DISK_PATH];
	struct superblock superblock; /* type NULL: no known file system on it */
};

/* Has the aoe module ask the LAN for targets. Returns 0, or -ENOENT while it is not loaded. */
int disk_discover(void);

/* Whether a disk or partition ("e0.0", "e0.0p1") is there for the kernel. */
bool disk_exists(const char *name);

/* Writes the names of all AoE disks, or all partitions of `disk`, separated by ", ". */
void disk_list(const char *disk, char *buffer, size_t size);

/* Reports a disk as the stage "discover": address, target, interface, size. */
void disk_report(const char *name, unsigned questions);

/* Reads which file system stands on a device; blocks. Returns 0, -ENOENT if none is known, or an
 * error. */
int disk_identify(const char *path, struct superblock *superblock);

/*
 * Reads what the partition table says of the partition ("e0.0p2") that stands `beyond` places in
 * front of this one; blocks. Returns 0, or -ENOENT if there is none such, or an error.
 */
int disk_partition(const char *name, int beyond, struct partition *partition);

/*
 * The same of partition `number` of the disk that fd is open on, which for the kernel begins in the
 * sector `start`.
 */
int disk_read_table(int fd, unsigned number, uint64_t start, struct partition *partition);

/* Calls visit for each AoE disk and partition that the kernel has; stops when it returns false. */
void disk_each(bool (*visit)(void *context, const char *name), void *context);

/* The device node of a disk or partition; returns path. */
char *disk_path(char path[DISK_PATH], const char *name);

/* Has the kernel read a disk's partition table again. */
void disk_rescan(const char *name);

/*
 * How many reads and writes were answered so far of the block device with a number, "152:0"; where
 * there is none, as for a file system on several devices, of all the machine's disks together.
 */
uint64_t disk_transfers_of(const char *number);

/* The same of the device with a path. */
uint64_t disk_transfers(const char *path);

#endif
