/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Output files that are either wholly new or untouched: a temporary file, renamed when complete. */
#ifndef TOOLS_CLI_OUTFILE_H
#define TOOLS_CLI_OUTFILE_H

#include <stdbool.h>
#include <stddef.h>

struct outfile {
	int fd;          /* open for reading and writing; written through it or by outfile_write */
	char *path;      /* the final name, symbolic links followed */
	char *temporary; /* the temporary name beside it, or NULL while the file has none */
	bool in_place; /* a device, FIFO or standard output: written directly, nothing to rename */
};

enum outfile_kind {
	OUTFILE_NAMELESS, /* no name until it is complete, where the file system can do that */
	OUTFILE_NAMED,    /* has a name at once (out->temporary), for a child that must open it */
};

/*
 * Starts the file that will become PATH ("-" is standard output). What PATH holds stays as it is
 * until outfile_commit. Returns 0 or a negative errno (-EISDIR: PATH is a directory); the caller
 * ends with outfile_commit or outfile_abort.
 */
int outfile_open(struct outfile *out, const char *path, enum outfile_kind kind);

/* Writes all of DATA. Returns 0 or a negative errno. */
int outfile_write(struct outfile *out, const void *data, size_t size);

/*
 * Gives the file its name, with the permissions of the file that it replaces, which is not given
 * up before the new one is on the disk, or else those that the umask leaves. Returns 0, or a
 * negative errno with the old file untouched; releases everything either way.
 */
int outfile_commit(struct outfile *out);

/* All of it in one: PATH holds DATA, or is as it was. Returns 0 or a negative errno. */
int outfile_save(const char *path, const void *data, size_t size);

/* Forgets the new file; the old one stays. Safe after a failed open, and twice. */
void outfile_abort(struct outfile *out);

#endif
