/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small readers and writers of the kernel's files and directories. */
#ifndef INIT_SYSFS_H
#define INIT_SYSFS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Reads a file's first size - 1 bytes into buffer, '\0'-terminated. Returns their number, or a
 * negative errno (buffer is then "").
 */
int sysfs_read_all(const char *path, char *buffer, size_t size);

/* The same, cut at the first newline. */
int sysfs_read(const char *path, char *buffer, size_t size);

/* Writes text to a file that is there, in one piece. Returns 0 or a negative errno. */
int sysfs_write(const char *path, const char *text);

/*
 * Calls visit for each name in a directory but "." and ".."; stops when it returns false.
 * A directory that is not there has no names. Visitors may remove what they are called for.
 */
void sysfs_each(const char *path, bool (*visit)(void *context, const char *name), void *context);

/* The same for a directory that is open; fd stays open. */
void sysfs_each_in(int fd, bool (*visit)(void *context, const char *name), void *context);

#endif
