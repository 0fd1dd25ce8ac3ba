/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel says of a file: statx(2), which Linux has since 4.11. The C library's stat(2)
 * brings its ways round kernels without it, half a KiB of them.
 */
#ifndef INIT_STATUS_H
#define INIT_STATUS_H

#include <stdint.h>

struct status {
	unsigned mode;                       /* kind and permissions, as stat(2) has them */
	uint64_t size;                       /* bytes */
	uint64_t on;                         /* which file system it is on, to be compared */
	unsigned device_major, device_minor; /* what it is a node of */
};

/*
 * Of the file at a path, from a directory on or AT_FDCWD; where path is "", of what that is open
 * on. Flags: AT_SYMLINK_NOFOLLOW or 0. Returns 0 or a negative errno.
 */
int status_of(int directory, const char *path, int flags, struct status *status);

#endif
