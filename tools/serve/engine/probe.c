/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/engine/probe.h"

#include "tools/serve/engine/presence.h"
#include "tools/serve/engine/transfer.h"
#include "tools/serve/export/layers.h"
#include "tools/serve/export/life.h"

static void end(struct job *job)
{
	job->export->probing = false;
	transfer_end(job);
}

/* What fails is known, and is only counted again when an initiator asks. */
static void judge(struct job *job, bool write, int error)
{
	struct requests *requests = job->requests;
	struct export *export = job->export;
	const struct span span = {write, job->storage.offset, job->storage.length};

	bool returned = export_answered(export, requests->say, requests->now);

	if (error)
		health_fails_still(write ? &export->writing : &export->reading, requests->now);
	else
		returned |= export_worked(export, requests->say, &span, requests->now);
	if (returned)
		presence_announce_export(requests, export);
}

static void stable(struct job *job, int error)
{
	judge(job, true, error);
	end(job);
}

static void written(struct store_request *storage)
{
	struct job *job = storage->owner;

	order_release(&job->requests->order, &job->order);
	transfer_wrote(job);
	if (!storage->error) {
		commit_add(&job->export->commit, &job->entry, job->epoch);
		return;
	}
	judge(job, true, storage->error);
	end(job);
}

static void read_back(struct store_request *storage)
{
	struct job *job = storage->owner;
	bool write = job->order.write;

	if (!storage->error && write) {
		storage->operation = STORE_WRITE;
		storage->done = written;
		store_start(job->export->store, storage);
		return;
	}
	if (write)
		transfer_wrote(job);
	order_release(&job->requests->order, &job->order);
	judge(job, write, storage->error);
	end(job);
}

/* Others may write to a file that is not locked, and what they wrote must not be undone. */
static bool may_write(const struct export *export)
{
	return export->options.file.lock && !export->options.file.read_only;
}

static void probe(struct requests *requests, struct export *export)
{
	bool write = export->writing.failing && may_write(export);
	const struct health *health = write ? &export->writing : &export->reading;
	struct job *job = health->failing ? transfer_take(requests, export) : NULL;

	if (!job)
		return;
	export->probing = true;
	job->stable = stable;
	transfer_describe(job, STORE_READ, health->offset, AOE_SECTOR, read_back);
	job->order.write = write;
	transfer_admit(job, ORDER_NEVER_ARRIVED);
}

static void look_at(struct requests *requests, struct export *export)
{
	if (!export->view.silent || export->retired)
		return;
	requests->failing = true;
	if (!export->probing && !export->hangs)
		probe(requests, export);
}

void probe_all(struct requests *requests)
{
	if (!requests->failing)
		return;
	requests->failing = false;
	for (size_t i = 0; i < requests->exports->count; i++) {
		struct export *export = requests->exports->list[i];

		look_at(requests, export);
		for (struct export *l = layers_next(export, NULL); l; l = layers_next(export, l))
			look_at(requests, l);
	}
}
