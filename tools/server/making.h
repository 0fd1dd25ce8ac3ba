/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps that take time before a machine, or the installer, is in the inventory. */
#ifndef TOOLS_SERVER_MAKING_H
#define TOOLS_SERVER_MAKING_H

#include "tools/host/args.h"
#include "tools/server/site.h"

/* Paths of disks are whole ones. Each returns 0 or a negative errno with why. */

/*
 * Has `etherroot image KIND` build an image at DISK, whose folder is made, with these further
 * options, which are freed.
 */
int making_image(const char *kind, const char *disk, struct args *options, struct why *why);

/* A disk of that many bytes with nothing on it, whose folder is made. */
int making_empty(const char *disk, unsigned long long bytes, struct why *why);

/* Kernel and initrd, out of a disk, into the folder of that name among what machines load. */
int making_kernel(const struct site *site, const char *name, const char *disk, struct why *why);

/* Gives a disk that is a file to the user that the target runs as. */
int making_give(const struct site *site, const char *disk, struct why *why);

#endif
