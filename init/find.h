/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waits until the root is there: drivers, links, discovery, the disk. */
#ifndef INIT_FIND_H
#define INIT_FIND_H

#include "init/cmdline.h"
#include "init/disk.h"
#include "init/modules.h"
#include "init/nic.h"
#include "init/report.h"

/*
 * Loads NIC drivers as their devices appear, sets the links up, has the LAN asked every 250 ms for
 * targets, and ends when the root device is there. Says every 10 s what is missing. Returns 0 with
 * *device filled, or -ETIMEDOUT (rd.timeout=) or what went wrong, with *failure filled.
 */
int find_root(const struct cmdline *cmdline, const struct modules *modules, struct nics *nics,
              int uevents, struct root_device *device, struct failure *failure);

#endif
