/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/engine/retire.h"

#include <errno.h>

#include "tools/serve/export/layers.h"
#include "tools/serve/export/life.h"

static void synced_last(struct store_request *sync)
{
	struct export *export = sync->owner;
	struct requests *requests = export->requests;

	export->syncing_last = false;
	export->synced_last = true;
	requests->leaving--;
	requests->quiet = true;
	/* Whenever that was. */
	if (!sync->error && !export->lost)
		return;
	requests->last_error = sync->error ? sync->error : -EIO;
	export_lost(export, requests->say, requests->last_error);
}

/* Of an export that has nothing under way. */
static void sync_last(struct requests *requests, struct export *export)
{
	export->syncing_last = true;
	export->answered = requests->now;
	export->hanging = (struct limit){0};
	requests->leaving++;
	export->commit.sync = (struct store_request){
	        .operation = STORE_SYNC, .done = synced_last, .owner = export};
	store_start(export->store, &export->commit.sync);
}

static bool is_idle(const struct export *export)
{
	return !export->held && !export->commit.under_way && !export->commit.queued &&
	       !export->measuring && !export->syncing_last && !export->leaving;
}

static void has_left(struct store_request *request)
{
	struct export *export = request->owner;

	export->leaving = false;
	export->requests->leaving--;
	if (request->error && export->parent)
		export_remains(export, export->requests->say, request->error);
}

/* Of an export that has nothing under way. Closing a file may have to wait for its disk too. */
static void leave(struct requests *requests, struct export *export)
{
	export->left = true;
	export->leaving = true;
	export->answered = requests->now;
	export->hanging = (struct limit){0};
	requests->leaving++;
	export->measure = (struct store_request){.done = has_left, .owner = export};
	if (!store_leave(export->store, &export->measure))
		has_left(&export->measure);
}

static bool is_over(struct requests *requests, struct export *export)
{
	if (is_idle(export) && export->options.writeback && !export->synced_last)
		sync_last(requests, export);
	/* Its layers read it to the end. */
	if (is_idle(export) && !export->left && !layers_next(export, NULL))
		leave(requests, export);
	return export->left && is_idle(export);
}

/* One time through. */
static size_t close_some(struct requests *requests)
{
	struct export **at = &requests->exports->retired;
	size_t closed = 0;

	while (*at) {
		struct export *export = *at;

		if (!is_over(requests, export)) {
			at = &export->next;
			continue;
		}
		*at = export->next;
		if (export->parent)
			layers_remove(export);
		export_free(export);
		closed++;
	}
	return closed;
}

size_t retire_close(struct requests *requests)
{
	size_t closed = 0, more;

	/* The last layer to be closed may come after the export that waits for that. */
	do {
		more = close_some(requests);
		closed += more;
	} while (more);
	return closed;
}

void retire_all(struct requests *requests)
{
	struct exports *exports = requests->exports;

	while (exports->count)
		exports_retire(exports, exports->list[exports->count - 1]);
	retire_close(requests);
}

static void say_unfinished(const struct export *export, const struct say *say)
{
	if (export->held || export->syncing_last)
		export_abandoned(export, say, export->held);
	else if (export->measuring || export->leaving)
		export_unanswered(export, say, export->leaving ? "closing" : "measuring");
}

void retire_say_unfinished(const struct requests *requests)
{
	for (struct export *e = requests->exports->retired; e; e = e->next)
		say_unfinished(e, requests->say);
}
