/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Group commit: writes that are done wait here, one sync makes all of them stable, and only then
 * are they acknowledged. While a sync is under way the next group gathers. Where the store keeps
 * writes and syncs in order, a sync is started together with its writes, and not only when they
 * are done.
 */
#ifndef TOOLS_SERVE_STORE_COMMIT_H
#define TOOLS_SERVE_STORE_COMMIT_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/serve/store/store.h"

/* What waits; part of the caller's own struct. */
struct commit_entry {
	struct commit_entry *next;
	uint64_t syncs; /* that were started before: the next one covers it */
	bool in_order;  /* as the store was that has it */
};

struct commit_list {
	struct commit_entry *first, **end;
};

/* Those that have something to be made stable and no sync under way. All zero at first. */
struct commit_queue {
	struct commit *first, *last;
};

struct commit {
	struct store *store; /* may be exchanged for another way to the same bytes at any time */
	struct commit_queue *queue;
	/* Called for each entry, in the order in which they were added: error is 0 when it is
	 * stable, else a negative errno, and then it must not be acknowledged. */
	void (*stable)(struct commit_entry *entry, int error);
	struct commit_list waiting;
	struct store_request sync;
	uint64_t syncs; /* that were started */
	bool expected;  /* a write was begun since the latest was started, which the next covers */
	bool under_way, queued;
	struct commit *next; /* in the queue */
	unsigned int epoch;  /* grows with every error */
	int error;           /* the latest */
};

/* commit and queue stay where they are from now on. */
void commit_init(struct commit *commit, struct store *store, struct commit_queue *queue,
                 void (*stable)(struct commit_entry *entry, int error));

/* A write is about to be started: unless it fails, commit_written follows. */
void commit_begin(struct commit *commit, struct commit_entry *entry);

/*
 * The store has done it. epoch is commit->epoch as it was when the write was started: one that was
 * under way when an error was told may be what the error was about, and fails.
 */
void commit_written(struct commit *commit, struct commit_entry *entry, unsigned int epoch);

/* The same for what was not begun here: the store has done all that it is about. */
void commit_add(struct commit *commit, struct commit_entry *entry, unsigned int epoch);

/* Starts a sync for each in the queue, which is empty then. */
void commit_start_all(struct commit_queue *queue);

#endif
