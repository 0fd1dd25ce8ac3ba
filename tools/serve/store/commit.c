/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/store/commit.h"

static void empty(struct commit_list *list)
{
	list->first = NULL;
	list->end = &list->first;
}

/* Empties the list and tells each entry how it went. */
static void tell(struct commit *commit, struct commit_list *list, int error)
{
	struct commit_entry *entry = list->first;

	empty(list);
	while (entry) {
		struct commit_entry *next = entry->next;

		commit->stable(commit->owner, entry, error);
		entry = next;
	}
}

static void synced(struct store_request *sync)
{
	struct commit *commit = sync->owner;

	commit->under_way = false;
	tell(commit, &commit->syncing, sync->error);
	/* The error may have been about one of these: the next sync would not tell it again. */
	if (sync->error)
		tell(commit, &commit->waiting, sync->error);
}

void commit_init(struct commit *commit, struct store *store, void *owner,
                 void (*stable)(void *owner, struct commit_entry *entry, int error))
{
	*commit = (struct commit){.store = store, .owner = owner, .stable = stable};
	empty(&commit->waiting);
	empty(&commit->syncing);
}

void commit_add(struct commit *commit, struct commit_entry *entry)
{
	entry->next = NULL;
	*commit->waiting.end = entry;
	commit->waiting.end = &entry->next;
}

void commit_start(struct commit *commit)
{
	if (commit->under_way || !commit->waiting.first)
		return;
	commit->syncing = commit->waiting;
	empty(&commit->waiting);
	commit->under_way = true;
	commit->sync =
	        (struct store_request){.operation = STORE_SYNC, .done = synced, .owner = commit};
	store_start(commit->store, &commit->sync);
}
