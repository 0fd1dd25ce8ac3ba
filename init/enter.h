/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stage that ends when the root is mounted and the OS's init was seen on it. */
#ifndef INIT_ENTER_H
#define INIT_ENTER_H

#include "init/disk.h"
#include "init/modules.h"
#include "init/wait.h"

/*
 * Mounts the root device and finds the OS's init on it, in a process of its own. Returns 0 with
 * *init set, or -ETIMEDOUT (rd.timeout=) or what went wrong, with *failure filled and nothing
 * mounted, unless the disk does not even let itself be unmounted.
 */
int enter_root(const struct cmdline *cmdline, const struct modules *modules, struct wait *wait,
               struct device devices[DEVICES], const char **init, struct failure *failure);

#endif
