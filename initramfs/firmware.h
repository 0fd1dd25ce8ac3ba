/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The firmware files that the modules in the image ask for. */
#ifndef INITRAMFS_FIRMWARE_H
#define INITRAMFS_FIRMWARE_H

#include "initramfs/content.h"
#include "initramfs/modset.h"
#include "tools/cli/why.h"

/*
 * Adds, decompressed, those that the tree has. Those that it lacks are no error: a driver names the
 * firmware of every card that it knows. Returns 0, or a negative errno and WHY.
 */
int firmware_add(const struct modset *modules, struct content *content, struct buffer *warnings,
                 struct why *why);

#endif
