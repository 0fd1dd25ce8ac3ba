/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which firmware the network drivers among some modules want; and that, out of an ext4. */
#ifndef TOOLS_DISK_FIRMWARE_H
#define TOOLS_DISK_FIRMWARE_H

#include "tools/disk/ext4.h"

/*
 * Takes what of it there is to its place below a directory of the host that has the version's
 * modules already. Returns 0 or a negative errno with *why. In the reader's process.
 */
int firmware_take(struct ext4 *ext4, const char *version, int into, struct why *why);

#endif
