/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs of the tree, with the shared libraries that they need, all out of that tree. */
#ifndef INITRAMFS_PROGRAMS_H
#define INITRAMFS_PROGRAMS_H

#include "initramfs/content.h"
#include "initramfs/tree.h"
#include "tools/cli/why.h"

/*
 * Adds the program PATH of the tree, at that place, its dynamic loader and its libraries, which may
 * be there already. REASON is copied. Returns 0, or a negative errno and WHY.
 */
int programs_add(struct content *content, const struct tree *tree, const char *path,
                 const char *reason, struct why *why);

#endif
