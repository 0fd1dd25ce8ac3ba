/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Disk images that are not a disk's bytes one after the other: what they are and how to make a raw
 * image of one. Pure.
 */
#ifndef TOOLS_HOST_CONTAINER_H
#define TOOLS_HOST_CONTAINER_H

/* The command that makes a raw image of what QEMU knows. */
#define CONTAINER_CONVERT "qemu-img convert -O raw FILE RAWFILE"

enum { CONTAINER_HEAD = 512 }; /* bytes of a file's beginning that are looked at */

struct container {
	const char *what;   /* "a qcow2 image" */
	const char *remedy; /* "convert it: qemu-img convert ..." */
};

/* What begins like this, or NULL if nothing that is known does; a shorter file has zeros behind. */
const struct container *container_recognise(const char head[CONTAINER_HEAD]);

#endif
