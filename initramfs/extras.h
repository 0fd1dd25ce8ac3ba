/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What goes into the image beside modules: the init, the rescue shell, the user's own files. */
#ifndef INITRAMFS_EXTRAS_H
#define INITRAMFS_EXTRAS_H

#include "initramfs/content.h"
#include "tools/cli/why.h"

/* Each returns 0, or a negative errno and WHY. */

/* The directories and device nodes that the kernel and the init expect. */
int extras_add_skeleton(struct content *content, struct why *why);

/* FILE as /init; NULL: the one that this program carries. */
int extras_add_init(struct content *content, const char *file, struct why *why);

/* BUSYBOX, which must be a static program, as /bin/busybox and /bin/sh. */
int extras_add_shell(struct content *content, const char *busybox, struct why *why);

/*
 * "SRC:DST": the host's file or directory SRC, with all that is in it, as DST in the image; DST
 * ending in a slash is a directory to put SRC into, and without ":DST" it goes where it came from.
 * Permissions become 0755 for directories and what is executable, else 0644.
 */
int extras_add_file(struct content *content, const char *pair, struct why *why);

#endif
