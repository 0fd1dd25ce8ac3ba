/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is on a volume that a mirror is to be made of. */
#ifndef TOOLS_PAIR_VOLUME_H
#define TOOLS_PAIR_VOLUME_H

#include "tools/cli/why.h"

enum volume_content {
	VOLUME_BLANK,  /* nothing that libblkid knows */
	VOLUME_MIRROR, /* DRBD's own data at its end */
	VOLUME_DATA,   /* something else */
};

enum { VOLUME_WHAT = 64 }; /* bytes of what it is called */

/*
 * Looks at the block device at path. Returns 0 with what it has, and for VOLUME_DATA its name, as
 * "ext4"; or a negative errno with why: it is not there, no block device, or in use.
 */
int volume_look(const char *path, enum volume_content *content, char what[VOLUME_WHAT],
                struct why *why);

#endif
