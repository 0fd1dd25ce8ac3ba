/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an export's bytes are kept in. Requests are started and report when they are done, which an
 * implementation may do before start returns or later, out of dispatch.
 *
 * Every implementation keeps three promises:
 * - requests on overlapping bytes take effect in the order in which they were started;
 * - a read sees every write that was started before it;
 * - when a sync is done without error, every write that was done before the sync was started is on
 *   stable storage. After an error, no write that was done before the error was told counts as
 *   stable, not even by a later sync: each must be written again. (Linux tells of a page that could
 *   not be written once, and takes it for clean from then on.)
 */
#ifndef TOOLS_SERVE_STORAGE_H
#define TOOLS_SERVE_STORAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum storage_operation { STORAGE_READ, STORAGE_WRITE, STORAGE_SYNC };

/*
 * One request. Belongs to the caller, who keeps it as it is until done was called. Of syncs, only
 * one may be under way.
 */
struct storage_request {
	enum storage_operation operation;
	uint64_t offset; /* bytes from the start of the export; a multiple of 512, within size */
	void *data;      /* length bytes, of any alignment */
	size_t length;   /* a multiple of 512; offset + length is within size. 0 for a sync */
	int error;       /* the result: 0 or a negative errno. A short transfer is an error */
	void (*done)(struct storage_request *request); /* called exactly once */
	void *owner;                                   /* the caller's own */
};

struct storage {
	const struct storage_operations *operations;
	uint64_t size; /* bytes, a multiple of 512 */
	int fd;        /* readable when dispatch has something to do; -1 if it never has */
};

struct storage_operations {
	void (*start)(struct storage *storage, struct storage_request *request);
	void (*dispatch)(struct storage *storage); /* NULL if fd is -1 */
	void (*close)(struct storage *storage);    /* nothing is under way; frees storage */
};

static inline void storage_start(struct storage *storage, struct storage_request *request)
{
	storage->operations->start(storage, request);
}

/* Makes everything stable that was written, and waits for it. Returns 0 or a negative errno. */
int storage_sync(struct storage *storage);

/* storage may be NULL. */
void storage_close(struct storage *storage);

/* How a file or block device is opened. */
struct file_storage_options {
	char *path;
	uint64_t offset; /* sectors of 512 bytes at its start that are left out */
	uint64_t length; /* sectors that are exported; 0: all up to the end */
	bool read_only;
	bool direct; /* past the page cache */
	bool lock;   /* nobody else may write, or with read_only may write, while it is open */
};

/* What was found when it was opened. */
struct file_storage_facts {
	uint64_t unused; /* bytes after the last whole sector, which are not exported */
	bool block_device;
	uint64_t device,
	        inode; /* the same file or disk has the same pair under each of its names */
};

/*
 * Opens a regular file or block device. Returns 0, and *storage is to be closed with storage_close,
 * or a negative errno, which file_storage_explain puts into words.
 */
int file_storage_open(const struct file_storage_options *options, struct storage **storage,
                      struct file_storage_facts *facts);

/* What an error of file_storage_open means and what to do, as the end of a message. */
const char *file_storage_explain(int error);

#endif
