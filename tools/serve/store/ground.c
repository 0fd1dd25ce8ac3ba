/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/store/ground.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

enum { SECTOR = 512 }; /* of sysfs, whatever the disk's are */

/* Reads a line that the kernel tells of a block device. Returns false if it tells none. */
static bool tell(const char *sys, uint64_t device, const char *what, char *line, size_t size)
{
	char path[PATH_MAX];
	FILE *file;
	bool told;

	snprintf(path, sizeof(path), "%s/dev/block/%u:%u/%s", sys, major(device), minor(device),
	         what);
	file = fopen(path, "re");
	if (!file)
		return false;
	told = fgets(line, (int)size, file);
	fclose(file);
	if (told)
		line[strcspn(line, "\n")] = '\0';
	return told;
}

/* A number, or 0. */
static uint64_t tell_number(const char *sys, uint64_t device, const char *what)
{
	char line[64];
	uint64_t number;

	return tell(sys, device, what, line, sizeof(line)) && sscanf(line, "%" SCNu64, &number) == 1
	               ? number
	               : 0;
}

static void leave_partition(const char *sys, struct ground *ground)
{
	char line[64];
	unsigned int disk_major, disk_minor;

	if (!tell(sys, ground->device, "partition", line, sizeof(line)) ||
	    !tell(sys, ground->device, "../dev", line, sizeof(line)) ||
	    sscanf(line, "%u:%u", &disk_major, &disk_minor) != 2)
		return;
	ground->start += tell_number(sys, ground->device, "start") * SECTOR;
	ground->device = makedev(disk_major, disk_minor);
}

static void leave_loop(const char *sys, struct ground *ground)
{
	char path[PATH_MAX];
	struct stat status;
	bool block;

	if (!tell(sys, ground->device, "loop/backing_file", path, sizeof(path)) ||
	    stat(path, &status))
		return;
	block = S_ISBLK(status.st_mode);
	if (!block && !S_ISREG(status.st_mode))
		return;
	ground->start += tell_number(sys, ground->device, "loop/offset");
	ground->block_device = block;
	ground->device = block ? status.st_rdev : status.st_dev;
	ground->inode = block ? 0 : status.st_ino;
}

void ground_find(const char *sys, struct ground *ground)
{
	if (ground->block_device)
		leave_partition(sys, ground);
	if (ground->block_device)
		leave_loop(sys, ground);
}

bool ground_overlaps(const struct ground *a, uint64_t a_length, const struct ground *b,
                     uint64_t b_length)
{
	if (a->block_device != b->block_device || a->device != b->device || a->inode != b->inode)
		return false;
	return a->start < b->start ? b->start - a->start < a_length
	                           : a->start - b->start < b_length;
}
