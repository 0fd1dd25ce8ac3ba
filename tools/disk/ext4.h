/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An ext4 inside an image, read by libext2fs without mounting it. Paths are looked up in it as if
 * it were the root: a symbolic link leads to a place in it and never to one of the host. What is in
 * it is hostile: it may say anything, be endless, or be damaged (see reader.h for the time). A
 * machine may be writing to it: see view.h.
 */
#ifndef TOOLS_DISK_EXT4_H
#define TOOLS_DISK_EXT4_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/cli/buffer.h"
#include "tools/cli/why.h"

/* No kernel with its modules has more; what has, is refused with -EFBIG. */
#define EXT4_BYTES ((uint64_t)2 << 30)
enum { EXT4_ENTRIES = 200000, EXT4_DEPTH = 32 };

struct ext4;

/*
 * Opens the file system that begins at a byte of fd. All of these return 0, or a negative errno
 * with *why filled: -EUCLEAN is damage, -ENOENT no such path, -ENOKEY something encrypted, -EFBIG
 * beyond the limits above; ext4_open's also those of view_open; others are the host's.
 */
int ext4_open(struct ext4 **ext4, int fd, uint64_t offset, struct why *why);

bool ext4_is_directory(struct ext4 *ext4, const char *path);

/* Appends the names in a directory, a '\0' behind each, without "." and "..". */
int ext4_names(struct ext4 *ext4, const char *path, struct buffer *names, struct why *why);

/*
 * Appends a line about a file that changes when the file does, and that no other file system's has:
 * its place, size and age, and the file system's UUID and the time at which it was made.
 */
int ext4_identity(struct ext4 *ext4, const char *path, struct buffer *identity, struct why *why);

/*
 * Copies a file, or a directory with all in it, to a name in a directory of the host that is not
 * there yet. A link to a file becomes that file; other links, devices and the like are left out.
 */
int ext4_take(struct ext4 *ext4, const char *path, int directory, const char *name,
              struct why *why);

/*
 * The same to the place that it has in the file system, below a directory of the host:
 * "/lib/modules/6.1" becomes lib/modules/6.1. Directories on the way are made.
 */
int ext4_take_below(struct ext4 *ext4, const char *path, int directory, struct why *why);

/*
 * Appends a line like ext4_identity's for each directory in a directory, itself too, and with
 * `files` for all else in it: what is added there, removed or replaced changes one.
 */
int ext4_identity_below(struct ext4 *ext4, const char *path, bool files, struct buffer *identity,
                        struct why *why);

/*
 * Whether all that was read so far, errors too, was true at one moment: 0, -EAGAIN (it is worth
 * nothing: close it and begin anew), or another negative errno with *why.
 */
int ext4_settled(struct ext4 *ext4, struct why *why);

void ext4_close(struct ext4 *ext4);

#endif
