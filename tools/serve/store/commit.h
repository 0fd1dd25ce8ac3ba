/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Group commit: writes that are done wait here, one sync makes all of them stable, and only then
 * are they acknowledged. While a sync is under way the next group gathers.
 */
#ifndef TOOLS_SERVE_STORE_COMMIT_H
#define TOOLS_SERVE_STORE_COMMIT_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/serve/store/store.h"

/* What waits; part of the caller's own struct. */
struct commit_entry {
	struct commit_entry *next;
};

struct commit_list {
	struct commit_entry *first, **end;
};

struct commit {
	struct store *store;
	/* Called for each entry, in the order in which they were added: error is 0 when it is
	 * stable, else a negative errno, and then it must not be acknowledged. */
	void (*stable)(void *owner, struct commit_entry *entry, int error);
	void *owner;
	struct commit_list waiting, syncing;
	struct store_request sync;
	bool under_way;
};

/* commit stays where it is from now on. */
void commit_init(struct commit *commit, struct store *store, void *owner,
                 void (*stable)(void *owner, struct commit_entry *entry, int error));

/* Adds a write that the store has done. */
void commit_add(struct commit *commit, struct commit_entry *entry);

/* Starts a sync for all that waits, unless there is none or one is under way. */
void commit_start(struct commit *commit);

#endif
