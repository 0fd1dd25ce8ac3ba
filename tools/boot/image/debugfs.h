/* SPDX-License-Identifier: GPL-2.0-or-later */
/* debugfs(8) of e2fsprogs: reads an ext4 inside an image without mounting it. */
#ifndef TOOLS_BOOT_IMAGE_DEBUGFS_H
#define TOOLS_BOOT_IMAGE_DEBUGFS_H

#include <stddef.h>
#include <stdint.h>

#define DEBUGFS "debugfs"

/* An ext4: the image's descriptor, the byte at which it begins, and where a signal would show. */
struct debugfs {
	int fd;
	uint64_t offset;
	int signals; /* a signalfd, or -1 */
};

/*
 * Runs one command. Returns its output (the caller frees) or NULL with *rc: -ENOENT there is no
 * debugfs, -EINTR a signal came, -EIO it failed. debugfs also succeeds when the command did not:
 * what it has to say then is on its standard error, which is dropped; look at the output.
 */
char *debugfs_run(const struct debugfs *debugfs, const char *command, int *rc);

/* A directory's entry in the output of "ls -p". */
struct debugfs_entry {
	uint32_t mode;
	uint64_t size;
	char name[256];
};

/* Reads the entry at *at and moves *at behind it. Returns 1, or 0 at the end; skips what is none.
 */
int debugfs_next(const char **at, struct debugfs_entry *entry);

#endif
