/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a kernel can unpack, as its configuration says. */
#ifndef INITRAMFS_KCONFIG_H
#define INITRAMFS_KCONFIG_H

#include <stdbool.h>

#include "initramfs/compression.h"
#include "initramfs/tree.h"
#include "tools/cli/buffer.h"
#include "tools/cli/why.h"

/* True if the text of a kernel configuration has the line "NAME=y". Pure. */
bool kconfig_has(const struct buffer *text, const char *name);

/*
 * Checks that the tree's kernel can unpack COMPRESSION, where the tree has its configuration
 * (boot/config-VERSION, or config beside its modules); where it has none, everything passes. With
 * CHANGE, the compression is our own choice, and replaced by one that the kernel can unpack.
 * Returns 0, or -EOPNOTSUPP and WHY.
 */
int kconfig_check(const struct tree *tree, struct compression *compression, bool change,
                  struct why *why);

#endif
