/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How far the installation of a disk is, as `etherroot install` notes it where the disk begins. */
#ifndef TOOLS_SERVER_INSTALLING_H
#define TOOLS_SERVER_INSTALLING_H

#include <stddef.h>

enum { INSTALLING_TEXT = 512 }; /* bytes: the disk's first sector (images/install.sh) */

enum installing {
	INSTALLING_NOT,   /* something else begins it, or what cannot be read */
	INSTALLING_EMPTY, /* nothing does: no partition table, no boot loader, no note */
	INSTALLING_BEGUN, /* a note: it is not finished */
};

/*
 * Reads `size` bytes of a disk's first sector, which may be anything. With INSTALLING_BEGUN text is
 * what the note says, printable; else it is "". Pure.
 */
enum installing installing_parse(const char *sector, size_t size, char text[INSTALLING_TEXT]);

#endif
