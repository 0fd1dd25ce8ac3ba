/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The AoE disks that the kernel has found, and asking it to look for more. */
#ifndef INIT_DISK_H
#define INIT_DISK_H

#include <stdbool.h>
#include <stddef.h>

#include "init/address.h"
#include "init/job.h"
#include "init/partition.h"
#include "init/superblock.h"

/* Room for the path of a device node, the longest being a user's. */
enum { DISK_PATH = 128 };

/* A device that was found. */
struct device {
	char path[DISK_PATH];
	struct superblock superblock; /* type NULL: no known file system on it */
	struct job reader;            /* has it read ahead, and keeps it open: disk_read_ahead */
};

/* What a boot may want of the LAN. */
enum device_role {
	DEVICE_ROOT,
	DEVICE_UPPER, /* what keeps the changes to it (rd.overlay=) */
	DEVICE_TREE,  /* the hashes of its blocks (rd.verity.hash=) */
	DEVICES,
};

/* Has the aoe module ask the LAN for targets. Returns 0 or a negative errno. */
int disk_discover(void);

/* Whether a disk or partition ("e0.0", "e0.0p1") is there for the kernel. */
bool disk_exists(const char *name);

/* Writes the names of all AoE disks, or all partitions of `disk`, separated by ", ". */
void disk_list(const char *disk, char *buffer, size_t size);

/* Reports a disk as the stage "discover": address, target, interface, size. */
void disk_report(const char *name, unsigned questions);

/* The name of the interface that a disk or partition ("e0.0p1") is reached by; "" if none. */
void disk_nic(const char *name, char *nic, size_t size);

/*
 * Reads `size` bytes at byte `at`; blocks. Returns 0, -ENOENT if the device ends before, -ENODEV if
 * there is none, or another error.
 */
int disk_read(const char *path, void *bytes, size_t size, uint64_t at);

/* Writes the interfaces that a disk or partition was found on, separated by commas. */
void disk_interfaces(const char *name, char *buffer, size_t size);

/*
 * Has the kernel read the beginning of a device ahead, without waiting for it: each
 * answer brings down the time after which the aoe module sends a lost frame again, which is 16.5 s
 * at first, and is so again with each answer to a question who is there, unless the disk is open
 * (aoecmd_ata_id in drivers/block/aoe/aoecmd.c). It stays open until the process ends.
 */
void disk_read_ahead(const char *path);

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

/* The same for what others have made of disks, by the device mapper or MD: "dm-0", "md127". */
void disk_each_made(bool (*visit)(void *context, const char *name), void *context);

/* Whether others are made of a device: it cannot be mounted then, whatever it holds. */
bool disk_is_held(const char *name);

/* Whether a name is that of what others have made: "dm-0", "md127p1". */
bool disk_is_made(const char *name);

/* The name of what was announced as "etherd/e0.0" or "dm-0"; NULL: it is neither. */
const char *disk_announced(const char *devname);

/* The device node of a disk, a partition or what was made of them; returns path. */
char *disk_path(char path[DISK_PATH], const char *name);

/* The name in a device's path, "e0.0p1"; of one that is not AoE's the whole path. */
const char *disk_name_of(const char *path);

/* Has the kernel read a disk's partition table again. */
void disk_rescan(const char *name);

/*
 * How many reads and writes were answered so far of the block device with a number, "152:0"; where
 * there is none, as for a file system on several devices, of all the machine's disks together.
 */
uint64_t disk_transfers_of(const char *number);

/* The same of the device with a path. */
uint64_t disk_transfers(const char *path);

/* The same of a disk or partition ("e0.0p1"); 0 if it is not there. */
uint64_t disk_transfers_by_name(const char *name);

/* How many writes a device has answered, be it with an error; 0 if that is not known. */
uint64_t disk_writes(const char *path);

/* How many bytes a device has; 0 if that is not known. */
uint64_t disk_size(const char *path);

/* Whether the device with a path was asked what it has not answered yet. */
bool disk_is_asked(const char *path);

#endif
