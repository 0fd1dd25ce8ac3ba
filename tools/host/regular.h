/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A regular file's bytes: whatever else is in its place, nobody waits for it. */
#ifndef TOOLS_HOST_REGULAR_H
#define TOOLS_HOST_REGULAR_H

#include <stddef.h>

/*
 * Reads the file at path, of at most `most` bytes; what it grows by meanwhile is not read. The
 * caller frees *text, which ends with a zero byte that length does not count. Returns 0, -EISDIR,
 * -EINVAL (no regular file), -EFBIG, -ENOMEM, or what open(2) and read(2) say.
 */
int regular_read(const char *path, size_t most, char **text, size_t *length);

/* What an error of it means. */
const char *regular_explain(int error);

#endif
