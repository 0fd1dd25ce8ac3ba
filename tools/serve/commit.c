/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/commit.h"

static void empty(struct commit_list *list)
{
	list->first = NULL;
	list->end = &list->first;
}

static void synced(struct storage_request *sync)
{
	struct commit *commit = sync->owner;
	struct commit_entry *entry = commit->syncing.first;

	empty(&commit->syncing);
	commit->under_way = false;
	while (entry) {
		struct commit_entry *next = entry->next;

		commit->stable(commit->owner, entry, sync->error);
		entry = next;
	}
}

void commit_init(struct commit *commit, struct storage *storage, void *owner,
                 void (*stable)(void *owner, struct commit_entry *entry, int error))
{
	*commit = (struct commit){.storage = storage, .owner = owner, .stable = stable};
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
	commit->syncing.first = commit->waiting.first;
	empty(&commit->waiting);
	commit->under_way = true;
	commit->sync = (struct storage_request){
	        .operation = STORAGE_SYNC, .done = synced, .owner = commit};
	storage_start(commit->storage, &commit->sync);
}
