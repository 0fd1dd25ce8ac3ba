/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of the OS, before its root is the root. */
#ifndef INIT_NEWROOT_H
#define INIT_NEWROOT_H

#include <sys/types.h>

/*
 * Opens a file below NEW_ROOT; links on the way lead to where they will lead the OS. Returns a
 * descriptor or a negative errno; blocks as the disk does.
 */
int newroot_open(const char *path, int flags, mode_t mode);

#endif
