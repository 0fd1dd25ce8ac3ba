/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads an image's ext4 in a process of its own: what a hostile or damaged file system does to its
 * reader ends there, and a signal or the time ends it.
 */
#ifndef TOOLS_DISK_READER_H
#define TOOLS_DISK_READER_H

#include <stdint.h>

#include "tools/disk/ext4.h"

/* An ext4: the image's descriptor, the byte at which it begins, and where a signal would show. */
struct reader {
	int fd;
	uint64_t offset;
	int signals; /* a signalfd, or -1 */
};

/*
 * What is done in the other process; all it can give back is what it appends to output. It is
 * called again when the file system was written to meanwhile: what it has made is to be made anew
 * then.
 */
typedef int reader_fn(struct ext4 *ext4, void *context, struct buffer *output, struct why *why);

/*
 * Runs it. output may be NULL. Returns what the function did, or a negative errno as ext4_open has
 * them, with *why filled but for -EINTR: a signal came. What the function has seen was true at one
 * moment; -EBUSY: it is written to so much that no such moment was found.
 */
int reader_run(const struct reader *reader, reader_fn *function, void *context,
               struct buffer *output, struct why *why);

#endif
