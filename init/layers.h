/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the root is put together from, on NEW_ROOT. */
#ifndef INIT_LAYERS_H
#define INIT_LAYERS_H

#include "init/disk.h"
#include "init/modules.h"
#include "init/report.h"

/* Whether the root's own file system is mounted so that it can be written. */
bool layers_write_root(const struct cmdline *cmdline);

/*
 * Mounts the root, whose superblock was read; blocks. Returns 0, or a negative errno with *failure
 * filled.
 */
int layers_mount(const struct cmdline *cmdline, const struct modules *modules,
                 const struct device devices[DEVICES], struct failure *failure);

/* Takes away what layers_mount has mounted, as far as there is any; blocks until it is written. */
void layers_unmount(void);

#endif
