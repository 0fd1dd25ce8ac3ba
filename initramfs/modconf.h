/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A tree's configuration of modprobe: aliases and soft dependencies that its administrator added.
 */
#ifndef INITRAMFS_MODCONF_H
#define INITRAMFS_MODCONF_H

#include "initramfs/tree.h"
#include "tools/cli/buffer.h"

/*
 * Appends to TEXT the files of modprobe.d(5) in the order in which modprobe reads them, as the tree
 * itself would see them: links stay inside, and what is no regular file, a FIFO for one, is none.
 * Returns 0 or -ENOMEM.
 */
int modconf_read(const struct tree *tree, struct buffer *text);

#endif
