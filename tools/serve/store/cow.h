/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A store that is a layer over another: what is written to it goes into a file of its own, and what
 * is not is read from the base, which many layers share, and which is never written.
 *
 * Requests on the same block of 4096 bytes, one of which writes, are never started together.
 */
#ifndef TOOLS_SERVE_STORE_COW_H
#define TOOLS_SERVE_STORE_COW_H

#include <sys/types.h>

#include "tools/serve/store/layerfile.h"
#include "tools/serve/store/store.h"

enum {
	COW_NAME = 64, /* bytes of a layer's name with its end */
};

/* Everything that is not a value is the caller's, and stays. */
struct cow_options {
	struct store *base;
	struct layerfile_base facts; /* of the base */
	const uint64_t *limit;       /* bytes that the layer may hold, as of any moment */
	int directory;               /* where its file is... */
	dev_t device;                /* ...on this device */
	/* Of a file that is kept; "": the file has no name, and nothing of it outlives the store.
	 */
	char name[COW_NAME];
};

/*
 * A layer with nothing in it, whose file is made, beside the loop, when something is written. A
 * write that finds the layer full fails with -EXFULL, and has changed nothing. Returns 0, and
 * store_close releases it, or -ENOMEM.
 */
int cow_create(const struct cow_options *options, struct store **store);

/*
 * The layer that is kept under that name. May have to wait for a disk. Returns 0 or a negative
 * errno, for layerfile_explain.
 */
int cow_open(const struct cow_options *options, struct store **store);

/* Has io do the layer's transfers from now on; none begins before. Returns 0 or -ENOMEM. */
int cow_join(struct store *store, struct io *io);

/* Bytes that it holds. */
uint64_t cow_used(const struct store *store);

/* Its file is removed when the store is left (store_leave). */
void cow_discard(struct store *store);

#endif
