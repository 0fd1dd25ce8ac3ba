/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which network drivers the image gets, and what their busses and PHYs need beside them. */
#ifndef INITRAMFS_DRIVERS_H
#define INITRAMFS_DRIVERS_H

#include "initramfs/modset.h"
#include "tools/cli/why.h"

/*
 * Adds the drivers that LIST names, separated by commas: "this" (this machine's), "virtual" (those
 * of virtual machines), "all", or module names. Returns 0, or a negative errno and WHY: -ENOENT for
 * a name that this kernel does not have, or a list that comes to nothing.
 */
int drivers_add(struct modset *modules, const char *list, struct why *why);

/* Adds what a keyboard needs, for a shell on the console. Returns as drivers_add. */
int drivers_add_keyboards(struct modset *modules, struct why *why);

/*
 * Adds what the drivers in the set need without saying so: what makes their busses appear
 * (virtio_pci for a virtio driver), and partners that the kernel asks modprobe for. Modules
 * must be loaded (modset_load). Returns 0 or a negative errno and WHY; what it added is not yet
 * loaded.
 */
int drivers_add_companions(struct modset *modules, struct why *why);

#endif
