/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program in the image that makes the root, or makes it ready: rd.hook=. */
#ifndef INIT_HOOK_H
#define INIT_HOOK_H

#include "init/disk.h"
#include "init/wait.h"

/*
 * Runs it when there are disks, with the path of the root's device as its argument, and again as
 * more appear or a while after it has failed, until it ends with 0 and the device is there. With
 * ROOT_DEVICE that is the one which root= names, and *device is filled; else it is *device. Returns
 * 0, or -ETIMEDOUT (rd.timeout=) or another error with *failure filled.
 */
int hook_run(const struct cmdline *cmdline, struct wait *wait, struct device *device,
             struct failure *failure);

#endif
