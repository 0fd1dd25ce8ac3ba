/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the initramfs to the OS: what it must know, and the step into its root. */
#ifndef INIT_HANDOVER_H
#define INIT_HANDOVER_H

#include "init/nic.h"
#include "init/report.h"

/*
 * Finds the OS's init below NEW_ROOT, following links as they will be followed there. Returns 0
 * with *init set, or -ENOENT with *failure filled.
 */
int handover_find_init(const struct cmdline *cmdline, const char **init, struct failure *failure);

/*
 * Leaves udev rules in /run: the NICs that carry the root keep their names, and the AoE disks get
 * their /dev/disk/by-* links, which udev's own rules do not make.
 */
void handover_write_rules(const struct nics *nics);

/*
 * Moves the mounts into the new root, frees the initramfs, makes NEW_ROOT the root and becomes
 * init with argv's further arguments. Returns only on failure, with *failure filled.
 */
int handover_switch(const char *init, char **argv, struct failure *failure);

#endif
