/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which kernels a root has, by the names in its /boot and /lib/modules. */
#ifndef TOOLS_DISK_VERSIONS_H
#define TOOLS_DISK_VERSIONS_H

#include "tools/disk/ext4.h"

/* Starts as {0}; versions_free is due. */
struct versions {
	struct buffer boot, modules; /* the names there, a '\0' behind each */
};

/* Reads both; a directory that is not there has none. Returns 0 or a negative errno with *why. */
int versions_read(struct versions *versions, struct ext4 *ext4, struct why *why);

/*
 * The newest that has all that is wanted of it, an enum of image.h: the one that is asked for, if
 * it is not NULL, and older than `below`, if that is not. The caller frees; NULL: there is none.
 */
char *versions_choose(const struct versions *versions, const char *version, int what,
                      const char *below);

/* Says that there is none, and what there is instead. Returns -ESRCH. */
int versions_tell_missing(const struct versions *versions, const char *version, int what,
                          struct why *why);

void versions_free(struct versions *versions);

/* The path of a version's file in /boot, of which vmlinuz is one. The caller frees. */
char *versions_boot_path(const char *name, const char *version);

#endif
