/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an export's bytes are kept in. Requests are started, which does not wait, and report when
 * they are done: before start returns, or later, out of the loop. Those on overlapping bytes, at
 * least one of which writes, are never started together: that is for the caller to see to.
 *
 * Every implementation keeps two promises:
 * - a read sees every write that was done before it was started;
 * - when a sync is done without error, every write that was done before the sync was started is on
 *   stable storage. After an error, no write that was done before the error was told counts as
 *   stable, not even by a later sync: each must be written again. (Linux tells of a page that could
 *   not be written once, and takes it for clean from then on.)
 * A store that is in_order keeps a third one: a sync is begun after every write that was started
 * before it is done, and covers those too; they are reported before it.
 */
#ifndef TOOLS_SERVE_STORE_STORE_H
#define TOOLS_SERVE_STORE_STORE_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/host/container.h"
#include "tools/serve/store/ground.h"
#include "tools/serve/store/io.h"

enum store_operation {
	STORE_READ,
	STORE_WRITE,
	STORE_SYNC,
	STORE_MEASURE, /* how large the whole file is by now: in size */
};

/* One request. Belongs to the caller, who keeps it as it is until done was called. */
struct store_request {
	enum store_operation operation;
	uint64_t offset; /* bytes from the start of the export; a multiple of 512, within size */
	void *data;      /* length bytes, of any alignment */
	size_t length;   /* a multiple of 512; offset + length is within size. 0 for the others */
	uint64_t size;   /* bytes: the result of STORE_MEASURE */
	int error;       /* the result: 0 or a negative errno. A short transfer is an error */
	void (*done)(struct store_request *request); /* called exactly once */
	void *owner;                                 /* the caller's own */
	/* The implementation's. */
	struct store *store;
	union {
		struct io_task task;
		struct { /* fault.c's, before the request goes further down */
			struct store_request *next;
			uint64_t due; /* milliseconds */
		} held;
	};
	void *bounce; /* an aligned copy of whole blocks, or NULL */
};

struct store {
	const struct store_operations *operations;
	uint64_t size; /* bytes, a multiple of 512 */
	bool in_order;
};

struct store_operations {
	/* Does a read if that needs no waiting: 0, a negative errno, or -EAGAIN. May be NULL. */
	int (*try_read)(struct store *store, void *data, size_t length, uint64_t offset);
	void (*start)(struct store *store, struct store_request *request);
	/* Gives up what is open, elsewhere, and calls done. May be NULL: nothing is. */
	void (*leave)(struct store *store, struct store_request *request);
	void (*close)(struct store *store); /* nothing is under way; frees store */
};

/*
 * Reads at once what can be read without waiting, because it is in memory. Returns 0 or a negative
 * errno; -EAGAIN means that the read has to be started.
 */
static inline int store_try_read(struct store *store, void *data, size_t length, uint64_t offset)
{
	return store->operations->try_read
	               ? store->operations->try_read(store, data, length, offset)
	               : -EAGAIN;
}

static inline void store_start(struct store *store, struct store_request *request)
{
	store->operations->start(store, request);
}

/*
 * Begins to give up what is open, which may have to wait for a disk; done is called as of a
 * request. After that nothing but store_close is called. Returns false if there is nothing to wait
 * for.
 */
static inline bool store_leave(struct store *store, struct store_request *request)
{
	if (store->operations->leave)
		store->operations->leave(store, request);
	return store->operations->leave;
}

/* Closes at once what is still open. store may be NULL. */
static inline void store_close(struct store *store)
{
	if (store)
		store->operations->close(store);
}

/* How a file or block device is opened. */
struct file_store_options {
	char *path;
	uint64_t offset; /* sectors of 512 bytes at its start that are left out */
	uint64_t length; /* sectors that are exported; 0: all up to the end */
	bool read_only;
	bool direct; /* past the page cache */
	bool lock;   /* nobody else may write, or with read_only may write, while it is open */
	bool raw;    /* a regular file may begin like a container of a disk */
};

/* What was found when it was opened. */
struct file_store_facts {
	const struct container
	        *container; /* what it is instead of a disk, with -ENOEXEC; or NULL */
	uint64_t length;    /* bytes that are exported; 0: that could not be found out */
	uint64_t unused;    /* bytes after the last whole sector, which are not exported */
	uint64_t block; /* bytes that are written together, a power of two: 512, or more with direct
	                 */
	bool block_device;
	int64_t changed; /* of a file: when it was, last; nanoseconds since 1970. Of a device: 0 */
	uint64_t device,
	        inode;        /* the same file or disk has the same pair under each of its names */
	struct ground ground; /* what it lies on, and where there it begins */
};

/*
 * Opens a regular file or block device, which may have to wait for a disk or a server of files.
 * Returns 0, and *store is to be closed with store_close, or a negative errno, which
 * file_store_explain puts into words; facts then say which file it is, if that could be found out;
 * -ENOEXEC is a file that holds a disk in another format, as facts say.
 */
int file_store_open(const struct file_store_options *options, struct store **store,
                    struct file_store_facts *facts);

/* Has io do its transfers from now on; before that there are none. Returns 0 or -ENOMEM. */
int file_store_join(struct store *store, struct io *io, const struct file_store_facts *facts);

/*
 * Exports the part that options say of a file that has size bytes now: its length, or up to the
 * end. Nothing else of options may have changed. Returns 0, or a negative errno for
 * file_store_explain, and then all is as it was.
 */
int file_store_resize(struct store *store, const struct file_store_options *options, uint64_t size,
                      struct file_store_facts *facts);

/* True if both are about the same file or disk. */
bool file_store_is_same(const struct file_store_facts *a, const struct file_store_facts *b);

/* What an error of file_store_open means and what to do, as the end of a message. */
const char *file_store_explain(int error);

#endif
