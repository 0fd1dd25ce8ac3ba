/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The root tree that the modules come from. Paths are resolved inside it as if it were the root
 * directory: a symbolic link in it cannot bring a file of the host into the image.
 */
#ifndef INITRAMFS_TREE_H
#define INITRAMFS_TREE_H

#include <stddef.h>

#include "tools/cli/buffer.h"
#include "tools/cli/why.h"

struct tree {
	char *root;     /* as the user wrote it, without a slash at the end: "" for / */
	char *version;  /* the kernel's, as `uname -r` prints it */
	char *modules;  /* "lib/modules/VERSION" or "usr/lib/modules/VERSION", below root */
	int root_fd;    /* O_PATH */
	int modules_fd; /* O_PATH; /proc/self/fd/N is the directory that libkmod is given */
};

/*
 * Opens the tree at ROOT and its modules of kernel VERSION; with VERSION NULL, those of the only
 * kernel that it has. Returns 0, or a negative errno and WHY. Ends with tree_close, also on
 * failure.
 */
int tree_open(struct tree *tree, const char *root, const char *version, struct why *why);

/*
 * Opens PATH, relative to the tree's root, for reading. Anything but a regular file is -EINVAL.
 * Returns the descriptor or a negative errno.
 */
int tree_open_file(const struct tree *tree, const char *path);

/* Reads all of PATH into BUFFER, at most LIMIT bytes. Returns 0 or a negative errno (-EFBIG). */
int tree_read(const struct tree *tree, const char *path, size_t limit, struct buffer *buffer);

/* Opens the directory PATH, relative to the root, with O_PATH. Returns the descriptor or -errno. */
int tree_open_directory(const struct tree *tree, const char *path);

/* The same for reading its names. */
int tree_open_listing(const struct tree *tree, const char *path);

void tree_close(struct tree *tree);

#endif
