/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stage that ends when what the root is on is there, and it is known what stands on it. */
#ifndef INIT_FIND_H
#define INIT_FIND_H

#include "init/disk.h"
#include "init/wait.h"

/*
 * Waits until all devices of the LAN that the command line names are there, also those that the
 * program of rd.hook= makes, and until that has ended. Returns 0 with the devices filled, or
 * -ETIMEDOUT (rd.timeout=) or what went wrong, with *failure filled.
 */
int find_devices(const struct cmdline *cmdline, const struct modules *modules, struct wait *wait,
                 struct device devices[DEVICES], struct failure *failure);

#endif
