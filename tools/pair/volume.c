/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/pair/volume.h"

#include <blkid/blkid.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void name_it(blkid_probe probe, enum volume_content *content, char what[VOLUME_WHAT])
{
	const char *name = NULL;

	if (blkid_probe_lookup_value(probe, "TYPE", &name, NULL) &&
	    blkid_probe_lookup_value(probe, "PTTYPE", &name, NULL))
		name = "data that is several things at once";
	*content = strcmp(name, "drbd") != 0 ? VOLUME_DATA : VOLUME_MIRROR;
	snprintf(what, VOLUME_WHAT, "%s", name);
}

/* Two answers at once are data too. */
static int probe_volume(int fd, enum volume_content *content, char what[VOLUME_WHAT])
{
	blkid_probe probe = blkid_new_probe();
	int found = -1;

	*content = VOLUME_BLANK;
	*what = '\0';
	if (!probe)
		return -ENOMEM;
	if (!blkid_probe_set_device(probe, fd, 0, 0)) {
		blkid_probe_enable_superblocks(probe, true);
		blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_TYPE);
		blkid_probe_enable_partitions(probe, true);
		errno = 0;
		found = blkid_do_safeprobe(probe); /* 0: yes, 1: nothing, -2: several at once */
	}
	if (!found || found == -2)
		name_it(probe, content, what);
	blkid_free_probe(probe);
	return found == -1 ? (errno ? -errno : -EIO) : 0;
}

/* With O_EXCL: a block device that is mounted, or part of something, is refused. */
static int open_volume(const char *path, struct why *why)
{
	struct stat status;
	int fd;

	if (stat(path, &status))
		return why_set(why, -errno, "%s: %s", path, strerror(errno));
	if (!S_ISBLK(status.st_mode))
		return why_set(why, -ENOTBLK, "%s: not a block device", path);
	fd = open(path, O_RDONLY | O_EXCL | O_CLOEXEC | O_NONBLOCK);
	if (fd >= 0)
		return fd;
	if (errno == EBUSY)
		return why_set(why, -EBUSY,
		               "%s: in use: it is mounted, or part of something else: 'lsblk %s' "
		               "shows it",
		               path, path);
	return why_set(why, -errno, "%s: %s", path, strerror(errno));
}

int volume_look(const char *path, enum volume_content *content, char what[VOLUME_WHAT],
                struct why *why)
{
	int fd = open_volume(path, why), rc;

	if (fd < 0)
		return fd;
	rc = probe_volume(fd, content, what);
	close(fd);
	return rc ? why_set(why, rc, "%s: reading it: %s", path, strerror(-rc)) : 0;
}
