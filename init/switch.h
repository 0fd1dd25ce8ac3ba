/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The step from the initramfs into the root. */
#ifndef INIT_SWITCH_H
#define INIT_SWITCH_H

#include <stdint.h>

#include "init/cmdline.h"
#include "init/report.h"

/*
 * Finds the OS's init below NEW_ROOT, following links as they will be followed there. Returns 0
 * with *init set, or -ENOENT with *failure filled.
 */
int switch_find_init(const struct cmdline *cmdline, const char **init, struct failure *failure);

/*
 * Moves the mounts into the new root, frees the initramfs, makes NEW_ROOT the root and becomes
 * init with argv's further arguments. While the disk does not let it, that is told, until give_up
 * (deadline.h) ends it. Returns only on failure, with *failure filled.
 */
int switch_root(const struct cmdline *cmdline, const char *init, char **argv, uint64_t give_up,
                struct failure *failure);

#endif
