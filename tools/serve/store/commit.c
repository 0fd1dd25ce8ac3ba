/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/store/commit.h"

static void empty(struct commit_list *list)
{
	list->first = NULL;
	list->end = &list->first;
}

static void append(struct commit_list *list, struct commit_entry *entry)
{
	entry->next = NULL;
	*list->end = entry;
	list->end = &entry->next;
}

/* Tells how it went each that waits and was there before so many syncs were started. */
static void tell(struct commit *commit, uint64_t syncs, int error)
{
	struct commit_entry *entry = commit->waiting.first;

	empty(&commit->waiting);
	while (entry) {
		struct commit_entry *next = entry->next;

		if (entry->syncs < syncs)
			commit->stable(entry, error);
		else
			append(&commit->waiting, entry);
		entry = next;
	}
}

static void enqueue(struct commit *commit)
{
	struct commit_queue *queue = commit->queue;

	if (commit->queued || commit->under_way || !(commit->waiting.first || commit->expected))
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
	/*
	 * An error may have been about any of them: the next sync would not tell it again. Those
	 * that are still being written fail by their epoch.
	 */
	tell(commit, sync->error ? UINT64_MAX : commit->syncs, sync->error);
	enqueue(commit);
}

void commit_init(struct commit *commit, struct store *store, struct commit_queue *queue,
                 void (*stable)(struct commit_entry *entry, int error))
{
	*commit = (struct commit){.store = store, .queue = queue, .stable = stable};
	empty(&commit->waiting);
}

void commit_begin(struct commit *commit, struct commit_entry *entry)
{
	entry->syncs = commit->syncs;
	entry->in_order = commit->store->in_order;
	if (!entry->in_order)
		return;
	commit->expected = true;
	enqueue(commit);
}

static void add(struct commit *commit, struct commit_entry *entry, unsigned int epoch)
{
	if (epoch != commit->epoch) {
		commit->stable(entry, commit->error);
		return;
	}
	append(&commit->waiting, entry);
	enqueue(commit);
}

void commit_add(struct commit *commit, struct commit_entry *entry, unsigned int epoch)
{
	entry->syncs = commit->syncs;
	add(commit, entry, epoch);
}

void commit_written(struct commit *commit, struct commit_entry *entry, unsigned int epoch)
{
	if (entry->in_order && commit->store->in_order)
		add(commit, entry, epoch);
	else
		commit_add(commit, entry, epoch);
}

static void start(struct commit *commit)
{
	commit->syncs++;
	commit->expected = false;
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
