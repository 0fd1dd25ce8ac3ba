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

/* How a device is mounted, and where. */
struct mounting {
	const char *target;
	const char *stage;        /* what it is called in the log */
	const char *options;      /* as in fstab(5) */
	unsigned long flags;      /* of mount(2), which the options can change... */
	unsigned long always;     /* ...and cannot */
	const char *const *types; /* to be tried in this order; none: what the device holds */
	unsigned type_count;
};

/* Has the kernel know a type, by loading its module; false if there is none. */
bool mount_make_known(const struct modules *modules, const char *type, const char *module);

/*
 * Mounts a device, loading the module of its file system; blocks. Returns 0, or a negative errno
 * with *failure filled.
 */
int mount_device(const struct mounting *how, const struct modules *modules,
                 const struct device *device, struct failure *failure);

#endif
