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

		commit->stable(entry, error);
		entry = next;
	}
}

static void enqueue(struct commit *commit)
{
	struct commit_queue *queue = commit->queue;

	if (commit->queued || commit->under_way || !commit->waiting.first)
		return;
	commit->queued = true;
	commit->next = NULL;
	if (queue->first)
		queue->last->next = commit;
	else
		queue->first = commit;
	queue->last = commit;
}

static void synced(struct store_request *sync)
{
	struct commit *commit = sync->owner;

	commit->under_way = false;
	if (sync->error) {
		commit->epoch++;
		commit->error = sync->error;
	}
	tell(commit, &commit->syncing, sync->error);
	/* The error may have been about one of these: the next sync would not tell it again. */
	if (sync->error)
		tell(commit, &commit->waiting, sync->error);
	enqueue(commit);
}

void commit_init(struct commit *commit, struct store *store, struct commit_queue *queue,
                 void (*stable)(struct commit_entry *entry, int error))
{
	*commit = (struct commit){.store = store, .queue = queue, .stable = stable};
	empty(&commit->waiting);
	empty(&commit->syncing);
}

void commit_add(struct commit *commit, struct commit_entry *entry, unsigned int epoch)
{
	if (epoch != commit->epoch) {
		commit->stable(entry, commit->error);
		return;
	}
	entry->next = NULL;
	*commit->waiting.end = entry;
	commit->waiting.end = &entry->next;
	enqueue(commit);
}

static void start(struct commit *commit)
{
	commit->syncing = commit->waiting;
	empty(&commit->waiting);
	commit->under_way = true;
	commit->sync =
	        (struct store_request){.operation = STORE_SYNC, .done = synced, .owner = commit};
	store_start(commit->store, &commit->sync);
}

void commit_start_all(struct commit_queue *queue)
{
	struct commit *commit = queue->first;

	queue->first = queue->last = NULL;
	while (commit) {
		struct commit *next = commit->next;

		commit->queued = false;
		start(commit);
		commit = next;
	}
}
