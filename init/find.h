/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stage that ends when the root's device is there, and it is known what stands on it. */
#ifndef INIT_FIND_H
#define INIT_FIND_H

#include "init/disk.h"
#include "init/wait.h"

/*
 * Waits until the device that root= names is there. Returns 0 with *device filled, or -ETIMEDOUT
 * (rd.timeout=) or what went wrong, with *failure filled.
 */
int find_root(const struct cmdline *cmdline, const struct modules *modules, struct wait *wait,
              struct root_device *device, struct failure *failure);

#endif
