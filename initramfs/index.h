/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The image's own modules.dep, modules.alias and modules.softdep: kmod's text formats. */
#ifndef INITRAMFS_INDEX_H
#define INITRAMFS_INDEX_H

#include "initramfs/modset.h"
#include "tools/cli/buffer.h"

/*
 * Each appends its file's text for the modules of the set, which must be loaded. Returns 0 or
 * -ENOMEM.
 *
 * modules.dep: "PATH: PATH...", dependencies with theirs, to be loaded from the last to the first.
 */
int index_dependencies(const struct modset *modules, struct buffer *text);

/* modules.alias: "alias PATTERN NAME", as each module states them. */
int index_aliases(const struct modset *modules, struct buffer *text);

/* modules.softdep: "softdep NAME pre: NAME... post: NAME...", names of modules, not aliases. */
int index_soft_dependencies(const struct modset *modules, struct buffer *text);

#endif
