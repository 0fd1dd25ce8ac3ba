/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A request on its way, from its frame to its reply, which is written over the frame. */
#ifndef TOOLS_SERVE_ENGINE_JOB_H
#define TOOLS_SERVE_ENGINE_JOB_H

#include <stddef.h>

#include "tools/serve/engine/order.h"
#include "tools/serve/engine/share.h"
#include "tools/serve/export/export.h"
#include "tools/serve/wire/sink.h"

enum { JOB_ASKERS = 3 };

/* One of the same initiator's identical requests. */
struct job_asker {
	uint32_t tag;
	struct sink *sink;
	uint64_t peer;
};

struct job {
	struct commit_entry entry;
	struct order_entry order; /* in the order, if order.link_count */
	struct share *share;      /* of the initiator; NULL: nobody asked */
	struct share_entry turn;  /* among those of its share */
	bool exceeds;             /* its initiator has more waiting than it may */
	struct job *next;         /* of the free ones, or of flushes that wait for writes */
	struct job *next_of_all;
	struct requests *requests;
	struct sink *sink; /* NULL: nobody asked */
	struct export *export;
	void (*stable)(struct job *job, int error); /* it is on stable storage, or is not */
	bool waits;             /* for the store, among those of its direction */
	bool writes;            /* that direction */
	struct lan_frame frame; /* its buffer is from frame_create */
	struct protocol_request request;
	struct store_request storage;
	unsigned int epoch; /* the commit's when the write was started, or the flush arrived */
	uint64_t sequence;  /* of the export's writes and flushes: grows */
	size_t pending;     /* writes that a flush waits for */
	/*
	 * Who asked for the same before, the latest of them: repetitions, whose first tag is dead,
	 * look the same as requests that are made twice, each of which waits for its answer.
	 */
	struct job_asker earlier[JOB_ASKERS];
	unsigned int asked; /* how many there were: the latest is at (asked - 1) % JOB_ASKERS */
};

/* Grows when it is used up, and keeps what it has. All zero at first. */
struct job_pool {
	struct job *all, *free;
	size_t busy; /* those that are not free */
};

/* A job with a buffer, which belongs to requests; NULL without memory. */
struct job *job_take(struct job_pool *pool, struct requests *requests);
void job_give(struct job_pool *pool, struct job *job);

/* Frees all. */
void job_pool_release(struct job_pool *pool);

#endif
