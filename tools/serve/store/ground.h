/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a file or block device lies on: a partition on its disk, a loop device on its file. Two
 * exports whose names are different may be about the same bytes, each with a page cache of its own.
 * What a volume manager or a RAID puts together is not looked into.
 */
#ifndef TOOLS_SERVE_STORE_GROUND_H
#define TOOLS_SERVE_STORE_GROUND_H

#include <stdbool.h>
#include <stdint.h>

/* A disk (inode 0) or a regular file, and where in it something begins. */
struct ground {
	bool block_device;
	uint64_t device, inode;
	uint64_t start; /* bytes */
};

/*
 * ground is the thing itself, and becomes what it lies on, as sysfs (sys: its place, "/sys") tells.
 * May have to wait for a disk.
 */
void ground_find(const char *sys, struct ground *ground);

/* True if both are about the same bytes: each has so many, from its start on. */
bool ground_overlaps(const struct ground *a, uint64_t a_length, const struct ground *b,
                     uint64_t b_length);

#endif
