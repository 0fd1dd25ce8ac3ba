/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How far the installation of a disk is, as `etherroot install` notes it where the disk begins. */
#ifndef TOOLS_SERVER_INSTALLING_H
#define TOOLS_SERVER_INSTALLING_H

#include <stdbool.h>
#include <stddef.h>

enum { INSTALLING_TEXT = 512 }; /* bytes: the disk's first sector (images/install.sh) */

/*
 * Reads it in a process of its own, for some seconds at the most: whatever cannot be read says
 * nothing. Returns true with text, which is printable, if the disk is not finished.
 */
bool installing_read(const char *path, char text[INSTALLING_TEXT]);

/* The same of a sector that was read: size bytes of it. Pure. */
bool installing_parse(const char *sector, size_t size, char text[INSTALLING_TEXT]);

#endif
