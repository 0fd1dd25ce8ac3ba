/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A root that is not written to, with its changes on a file system of their own (rd.overlay=). */
#ifndef INIT_OVERLAY_H
#define INIT_OVERLAY_H

#include "init/cmdline.h"
#include "init/disk.h"
#include "init/modules.h"
#include "init/report.h"

/* Where the two stay reachable in the OS: the root as it is, and what keeps the changes. */
#define OVERLAY_LOWER "/run/etherroot/lower"
#define OVERLAY_UPPER "/run/etherroot/upper"

/* Makes a directory, with those above it, to mount one of them on; returns path. */
const char *overlay_make_place(const char *path);

/*
 * Puts what is mounted on OVERLAY_LOWER and a new OVERLAY_UPPER together on NEW_ROOT; blocks.
 * Returns 0, or a negative errno with *failure filled.
 */
int overlay_mount(const struct overlay_choice *choice, const struct modules *modules,
                  const struct device devices[DEVICES], struct failure *failure);

#endif
