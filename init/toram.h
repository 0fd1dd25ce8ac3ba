/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The whole root in memory: rd.toram. */
#ifndef INIT_TORAM_H
#define INIT_TORAM_H

#include "init/disk.h"
#include "init/modules.h"
#include "init/wait.h"

/* The first bytes of a device that toram_used looks at. */
enum { TORAM_HEAD = 2048 };

/*
 * How many bytes of a device its file system uses, by its first TORAM_HEAD bytes; 0: that is not
 * told there. Pure.
 */
uint64_t toram_used(const uint8_t *head, const char *type);

/*
 * Copies the root device into memory, blocks of zeros aside, and makes a device of that, which
 * *device is from then on. Returns 0, or -ETIMEDOUT (rd.timeout=) or what went wrong with *failure
 * filled.
 */
int toram_run(const struct modules *modules, struct wait *wait, struct device *device,
              struct failure *failure);

/*
 * Lets the AoE disks go, so that the server may: what would read them later on, as udev does, would
 * wait for it. Not before the root is mounted: the loop asks the LAN until then (wait.h), and the
 * card that the root came by may be what the machine is known by (identity.h).
 */
void toram_let_disks_go(void);

#endif
