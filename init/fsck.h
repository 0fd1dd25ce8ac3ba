/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The check of an ext2, ext3 or ext4 before it is mounted, if the image has e2fsck for it. */
#ifndef INIT_FSCK_H
#define INIT_FSCK_H

#include "init/cmdline.h"
#include "init/disk.h"
#include "init/report.h"

/* Whether the root is one that is checked: it will be written, and the image has e2fsck. */
bool fsck_is_due(const struct cmdline *cmdline, const struct device *device);

/*
 * Has e2fsck repair what is safe to repair, and tells what it says; blocks. Returns 0, or -EUCLEAN
 * with *failure filled when the user has to do it.
 */
int fsck_run(const struct device *device, struct failure *failure);

#endif
