/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A request at the store: whose turn it is, what it reads, writes or makes stable there, and what
 * is answered then.
 */
#ifndef TOOLS_SERVE_ENGINE_TRANSFER_H
#define TOOLS_SERVE_ENGINE_TRANSFER_H

#include "tools/serve/engine/request.h"

/* A job of that export, which has no asker yet; NULL if it may have none. */
struct job *transfer_take(struct requests *requests, struct export *export);
void transfer_end(struct job *job);

/* It is another export's from now on: a layer's. */
void transfer_move(struct job *job, struct export *layer);

/* What the protocol needs to answer it. */
struct protocol_exchange transfer_exchange(struct job *job);

/* Sends so many bytes of the job's frame to who asked, which ends it. */
void transfer_reply(struct job *job, size_t length);

/* Begins what was asked for: STORE_READ or STORE_WRITE; or a FLUSH. It is answered, or not. */
void transfer_begin(struct job *job, enum store_operation operation);
void transfer_flush(struct job *job);

/*
 * Makes stable what an export has acknowledged, as a FLUSH that nobody asked for; export->lost
 * tells how that ended. Returns false if it may have no more under way.
 */
bool transfer_sync(struct requests *requests, struct export *export);

/* For order_init and commit_init. */
void transfer_start(struct order_entry *entry);
void transfer_stable(struct commit_entry *entry, int error);

/* ---- for requests of our own: probe.c ---- */

/* Fills in what the job reads or writes: bytes of the export. */
void transfer_describe(struct job *job, enum store_operation operation, uint64_t offset,
                       size_t length, void (*done)(struct store_request *storage));

/*
 * Has it transferred as soon as nothing is in its way; its storage and order are filled in. Returns
 * false if it is superseded, and then it is not begun.
 */
bool transfer_admit(struct job *job, uint64_t arrival);

/* A write is done, or has failed: to be called out of storage->done. */
void transfer_wrote(struct job *job);

#endif
