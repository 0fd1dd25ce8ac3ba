/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks depmod's binary indexes, which libkmod reads without looking where they end. Pure. */
#ifndef INITRAMFS_KMODINDEX_H
#define INITRAMFS_KMODINDEX_H

#include <stdbool.h>

#include "tools/cli/buffer.h"

/*
 * True if FILE is an index (modules.dep.bin and its like, format 2.1) whose every node and string
 * lies inside of it, and which has an end.
 */
bool kmodindex_is_sound(const struct buffer *file);

#endif
