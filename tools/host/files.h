/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of the command's own: a run's directory, which goes with it; the cache, which stays. */
#ifndef TOOLS_HOST_FILES_H
#define TOOLS_HOST_FILES_H

#include <stddef.h>
#include <stdint.h>

/*
 * Makes a directory for one run, in $TMPDIR or else /tmp: also in /tmp if a UNIX socket's path
 * would be too long under $TMPDIR. It is in use while *lock is open. Those that runs left behind
 * which were killed are removed. Returns 0 with *path (the caller frees) or a negative errno.
 */
int files_run_directory(char **path, int *lock);

/*
 * The cache: $XDG_CACHE_HOME/etherroot, or ~/.cache/etherroot; made if it is not there. name is a
 * directory in it, made too. Returns 0 with *path (the caller frees), -ENOENT without a home
 * directory, or another negative errno with *path set to what could not be made.
 */
int files_cache_directory(const char *name, char **path);

/*
 * Makes a directory and those above it that are not there; path is written to, and is as it was
 * when it returns. Returns 0 or a negative errno.
 */
int files_make_folders(char *path);

/* Removes a directory with everything in it; symbolic links are removed, not followed. */
void files_remove_tree(const char *path);

/* Reads what a file begins with, at most limit bytes, and adds a NUL; the caller frees. NULL: errno
 * tells. A whole file that must not be longer is regular.h's.
 */
char *files_read(const char *path, size_t limit, size_t *n);

#endif
