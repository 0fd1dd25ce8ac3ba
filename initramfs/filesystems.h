/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which file systems the image can mount as a root. */
#ifndef INITRAMFS_FILESYSTEMS_H
#define INITRAMFS_FILESYSTEMS_H

#include "initramfs/modset.h"
#include "tools/cli/buffer.h"
#include "tools/cli/why.h"

/*
 * Adds the modules of the file systems that LIST names, separated by commas, or of every one that
 * can hold a root ("all"), and appends their names to NAMES, one a line: those in modules as those
 * in the kernel itself. Returns 0, or a negative errno and WHY: -ENOENT for one that this kernel
 * does not have.
 */
int filesystems_add(struct modset *modules, const char *list, struct buffer *names,
                    struct why *why);

#endif
