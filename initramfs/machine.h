/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The network devices of the machine that we run on, as sysfs shows them. */
#ifndef INITRAMFS_MACHINE_H
#define INITRAMFS_MACHINE_H

#include "initramfs/modset.h"
#include "tools/cli/why.h"

/*
 * Adds the drivers of every network device of this machine, and of the busses above each, by their
 * modaliases. Returns how many devices it found a driver for, or a negative errno and WHY.
 */
int machine_add_drivers(struct modset *modules, struct why *why);

/* The same with another directory in place of /sys. */
int machine_add_drivers_of(struct modset *modules, const char *sys, struct why *why);

#endif
