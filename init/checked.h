/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A root that is checked block by block as it is read (roothash=). */
#ifndef INIT_CHECKED_H
#define INIT_CHECKED_H

#include "init/cmdline.h"
#include "init/disk.h"
#include "init/modules.h"
#include "init/report.h"

/*
 * Sets up dm-verity over the root's device, and reads through it what stands there; blocks. Returns
 * 0 with *checked the device to be mounted in its place, or a negative errno with *failure filled.
 */
int checked_open(const struct cmdline *cmdline, const struct modules *modules,
                 const struct device devices[DEVICES], struct device *checked,
                 struct failure *failure);

/*
 * Whether something was read that does not match the root hash: *failure, which it led to, then
 * says so. Returns a negative errno then, else rc.
 */
int checked_explain(const struct device *root, int rc, struct failure *failure);

/* Takes the device away again, if there is one. */
void checked_close(void);

#endif
