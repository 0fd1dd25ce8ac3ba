/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mounts: what every program expects of the kernel, and the root. */
#ifndef INIT_MOUNT_H
#define INIT_MOUNT_H

#include <stdbool.h>
#include <stddef.h>

#include "init/cmdline.h"
#include "init/disk.h"
#include "init/modules.h"
#include "init/report.h"

/* Where the root is mounted until it becomes the root. */
#define NEW_ROOT "/root"

/*
 * Mounts /proc, /sys and /dev the way systemd wants to find them. What is mounted already stays.
 * Returns 0, or a negative errno with *failure filled.
 */
int mount_kernel(struct failure *failure);

/* The same with /run, which is new each time, and makes NEW_ROOT. */
int mount_api(struct failure *failure);

/*
 * Splits rootflags= into mount(2)'s flags, which are returned, and the file system's own options,
 * which are written to data. `flags` is what they start from. -E2BIG in *rc if data is too small.
 */
unsigned long mount_flags(const char *options, unsigned long flags, char *data, size_t size,
                          int *rc);

/* Whether the root is to be mounted so that it can be written. */
bool mount_writes(const struct cmdline *cmdline);

/*
 * Mounts the root device on NEW_ROOT with rootfstype=, or the type that it holds, loading its
 * module; blocks. Returns 0, or a negative errno with *failure filled.
 */
int mount_root(const struct cmdline *cmdline, const struct modules *modules,
               const struct root_device *device, struct failure *failure);

/* Takes away what is mounted on NEW_ROOT, if anything is; blocks until it is written. */
void unmount_root(void);

#endif
