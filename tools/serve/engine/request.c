/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/engine/request.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/serve/engine/clock.h"
#include "tools/serve/wire/announce.h"

enum { JOBS = 1024 }; /* requests under way; more wait in the sockets */

static struct job *job_of_entry(struct commit_entry *entry)
{
	return (struct job *)(void *)((char *)entry - offsetof(struct job, entry));
}

static struct job *job_of_order(const struct order_entry *entry)
{
	return (struct job *)(void *)((char *)(uintptr_t)entry - offsetof(struct job, order));
}

static void end(struct job *job)
{
	if (job->order.link_count) {
		order_release(&job->requests->order, &job->order);
		order_remove(&job->requests->order, &job->order);
	}
	job->export->held--;
	job_give(&job->requests->jobs, job);
}

static struct protocol_exchange exchange_of(struct job *job)
{
	return (struct protocol_exchange){.export = &job->export->view,
	                                  .lan = &job->sink->view,
	                                  .request = &job->request,
	                                  .frame = job->frame.data,
	                                  .reply = job->frame.data};
}

static void reply(struct job *job, size_t length)
{
	job->frame.length = length;
	sink_send(job->sink, &job->frame);
	end(job);
}

/* Copies of the reply for those who asked for the same before. */
static void reply_to_earlier(struct job *job)
{
	struct lan_frame *copy = &job->requests->scratch;
	unsigned int count = job->asked < JOB_ASKERS ? job->asked : JOB_ASKERS;

	for (unsigned int i = 0; i < count; i++) {
		const struct job_asker *asker = &job->earlier[i];
		struct protocol_request request = job->request;
		struct protocol_exchange exchange = exchange_of(job);

		request.header.tag = asker->tag;
		exchange.request = &request;
		exchange.lan = &asker->sink->view;
		exchange.reply = copy->data;
		if (job->storage.operation == STORE_READ)
			memcpy(copy->data + AOE_ATA_DATA, job->storage.data, job->storage.length);
		protocol_complete(&exchange);
		copy->length = exchange.length;
		copy->peer = asker->peer;
		sink_send(asker->sink, copy);
	}
}

static void complete(struct job *job)
{
	struct protocol_exchange exchange = exchange_of(job);

	if (job->asked)
		reply_to_earlier(job);
	protocol_complete(&exchange);
	export_worked(job->export, job->requests->say, milliseconds(CLOCK_MONOTONIC));
	reply(job, exchange.length);
}

/* ---- the store ---- */

/* Silence: an error would reach the file system at once, a missing answer is asked for again. */
static void give_up(struct job *job, const char *verb, int error)
{
	export_failed(job->export, job->requests->say, verb, aoe_ata_start(&job->request.ata),
	              error, milliseconds(CLOCK_MONOTONIC));
	end(job);
}

static void stable(struct commit_entry *entry, int error)
{
	struct job *job = job_of_entry(entry);

	if (error)
		give_up(job, "syncing", error);
	else
		complete(job);
}

/* A write is done, or has failed: flushes that came after it wait for one less. */
static void pass_flushes(struct job *write)
{
	struct export *export = write->export;
	struct job **at = &export->flushes;

	export->writing--;
	while (*at) {
		struct job *flush = *at;

		if (flush->sequence < write->sequence || --flush->pending) {
			at = &flush->next;
			continue;
		}
		*at = flush->next;
		commit_add(&export->commit, &flush->entry, flush->epoch);
	}
}

static void transferred(struct store_request *storage)
{
	struct job *job = storage->owner;
	bool write = storage->operation == STORE_WRITE;

	order_release(&job->requests->order, &job->order);
	if (write)
		pass_flushes(job);
	if (storage->error)
		give_up(job, write ? "writing" : "reading", storage->error);
	else if (write && !job->export->options.writeback)
		commit_add(&job->export->commit, &job->entry, job->epoch);
	else
		complete(job);
}

static void start_transfer(struct order_entry *entry)
{
	struct job *job = job_of_order(entry);

	job->epoch = job->export->commit.epoch;
	store_start(job->export->store, &job->storage);
}

/* What the request reads or writes, as the store and as the order see it. */
static void describe_transfer(struct job *job, enum store_operation operation)
{
	struct store_request *storage = &job->storage;
	const struct export *export = job->export;
	uint64_t block = export->file_block, start;

	*storage = (struct store_request){.operation = operation,
	                                  .data = job->frame.data + AOE_ATA_DATA,
	                                  .done = transferred,
	                                  .owner = job};
	protocol_range(&job->request, &storage->offset, &storage->length);
	start = export->file_start + storage->offset;
	job->order =
	        (struct order_entry){.file = export->file,
	                             .start = start / block * block,
	                             .end = (start + storage->length + block - 1) / block * block,
	                             .write = operation == STORE_WRITE};
}

/* The same request, sent again. Of a write also the data are the same. */
static bool is_repetition(const struct order_entry *entry, const void *what)
{
	const struct job *a = job_of_order(entry), *b = what;
	const struct aoe_ata *x = &a->request.ata, *y = &b->request.ata;

	return a->export == b->export &&
	       mac_equal(a->request.header.source, b->request.header.source) && x->lba == y->lba &&
	       x->count == y->count && x->command == y->command && x->flags == y->flags &&
	       (!entry->write || !memcmp(a->storage.data, b->storage.data, a->storage.length));
}

/* The one that is under way answers this one too. */
static void join(struct job *earlier, const struct job *job)
{
	earlier->earlier[earlier->asked++ % JOB_ASKERS] =
	        (struct job_asker){earlier->request.header.tag, earlier->sink, earlier->frame.peer};
	earlier->request = job->request;
	earlier->sink = job->sink;
	earlier->frame.peer = job->frame.peer;
}

/* Most reads are answered from memory, and then nobody can have to wait for them. */
static bool read_at_once(struct job *job)
{
	const struct store_request *storage = &job->storage;

	return storage->operation == STORE_READ &&
	       order_is_free(&job->requests->order, &job->order) &&
	       !store_try_read(job->export->store, storage->data, storage->length, storage->offset);
}

static bool has_joined(struct job *job)
{
	struct order_entry *earlier =
	        order_find(&job->requests->order, &job->order, is_repetition, job);

	if (earlier)
		join(job_of_order(earlier), job);
	return earlier;
}

static void transfer(struct job *job, enum store_operation operation)
{
	enum order_verdict verdict;

	describe_transfer(job, operation);
	if (read_at_once(job)) {
		complete(job);
		return;
	}
	if (has_joined(job)) {
		end(job);
		return;
	}
	verdict = order_admit(&job->requests->order, &job->order, job->frame.received);
	if (verdict == ORDER_SUPERSEDED) {
		end(job);
		return;
	}
	if (operation == STORE_WRITE) {
		job->sequence = job->export->sequence++;
		job->export->writing++;
	}
	if (verdict == ORDER_START)
		start_transfer(&job->order);
}

/* It is about all writes that arrived before it. */
static void flush(struct job *job)
{
	struct export *export = job->export;

	job->epoch = export->commit.epoch;
	job->sequence = export->sequence++;
	job->pending = export->writing;
	if (!job->pending) {
		commit_add(&export->commit, &job->entry, job->epoch);
		return;
	}
	job->next = export->flushes;
	export->flushes = job;
}

/* ---- requests ---- */

static void decide(struct job *job)
{
	struct protocol_exchange exchange = exchange_of(job);

	switch (protocol_decide(&exchange)) {
	case PROTOCOL_REPLY:
		reply(job, exchange.length);
		break;
	case PROTOCOL_READ:
		transfer(job, STORE_READ);
		break;
	case PROTOCOL_WRITE:
		transfer(job, STORE_WRITE);
		break;
	case PROTOCOL_FLUSH:
		flush(job);
		break;
	case PROTOCOL_DROP:
		end(job);
		break;
	}
}

/* Each export that is meant answers for itself; none does I/O. */
static void answer_broadcast(struct requests *requests, struct sink *sink,
                             const struct lan_frame *frame, struct protocol_request *request)
{
	struct lan_frame *answer = &requests->scratch;

	for (size_t i = 0; i < requests->exports->count; i++) {
		struct protocol_exchange exchange = {.export = &requests->exports->list[i]->view,
		                                     .lan = &sink->view,
		                                     .request = request,
		                                     .frame = frame->data,
		                                     .reply = answer->data};

		if (!protocol_is_for(request, exchange.export->address) ||
		    protocol_decide(&exchange) != PROTOCOL_REPLY)
			continue;
		answer->length = exchange.length;
		answer->peer = frame->peer;
		sink_send(sink, answer);
	}
}

/* The initiator has repeated it by now; a target that was frozen must not do it any more. */
static bool is_late(const struct lan_frame *frame, unsigned int max_age)
{
	uint64_t now = milliseconds(CLOCK_REALTIME);
	uint64_t received = frame->received / 1000000;

	return received && now > received && now - received > max_age;
}

/* A request for one export. */
static bool begin(struct requests *requests, struct sink *sink, struct lan_frame *frame,
                  const struct protocol_request *request)
{
	struct export *export = exports_find(requests->exports, request->header.address);
	struct lan_frame empty;
	struct job *job;

	if (!export)
		return true;
	if (is_late(frame, requests->max_age)) {
		export_missed(export, requests->say, requests->max_age,
		              milliseconds(CLOCK_MONOTONIC));
		return true;
	}
	job = job_take(&requests->jobs);
	if (!job)
		return false;
	empty = job->frame;
	job->frame = *frame;
	*frame = empty;
	job->sink = sink;
	job->asked = 0;
	job->export = export;
	export->held++;
	job->request = *request;
	decide(job);
	return true;
}

bool requests_begin(struct requests *requests, struct sink *sink, struct lan_frame *frame)
{
	struct protocol_request request;
	int rc = protocol_accept(frame->data, frame->length, &sink->view, &request);
	struct export *export;

	if (!rc && !protocol_is_broadcast(&request))
		return begin(requests, sink, frame, &request);
	if (!rc)
		answer_broadcast(requests, sink, frame, &request);
	export = rc == -EADDRINUSE ? exports_find(requests->exports, request.header.address) : NULL;
	if (export && !announce_is_own(requests->sinks, request.header.source))
		announce_conflict(requests->say, &export->conflict, &request.header, sink,
		                  milliseconds(CLOCK_MONOTONIC));
	return true;
}

void requests_commit(struct requests *requests)
{
	commit_start_all(&requests->commits);
}

void requests_announce(struct requests *requests, struct sink *sink)
{
	for (size_t i = 0; i < requests->exports->count; i++)
		announce_export(&requests->exports->list[i]->view, sink, &requests->scratch);
}

void requests_announce_export(struct requests *requests, const struct export *export)
{
	for (struct sink *sink = requests->sinks; sink; sink = sink->next)
		announce_export(&export->view, sink, &requests->scratch);
}

/* ---- exports and LANs that come and go ---- */

void requests_adopt(struct requests *requests, struct export *export)
{
	export->requests = requests;
	commit_init(&export->commit, export->store, &requests->commits, stable);
}

static void measured(struct store_request *measure)
{
	struct export *export = measure->owner;
	struct requests *requests = export->requests;
	bool changed = false;

	export->measuring = false;
	requests->measures--;
	/* What cannot be asked how large it is will be heard of when it is used. */
	if (!measure->error)
		export_resize(export, measure->offset, measure->size, requests->say, &changed);
	if (changed)
		requests_announce_export(requests, export);
}

void requests_measure(struct export *export, uint64_t length)
{
	if (export->measuring)
		return;
	export->measuring = true;
	export->requests->measures++;
	/* offset is not used by this operation, and is what the length is to be. */
	export->measure = (struct store_request){
	        .operation = STORE_MEASURE, .offset = length, .done = measured, .owner = export};
	store_start(export->store, &export->measure);
}

static void discard(struct sink *sink, struct lan_frame *frame)
{
	(void)sink;
	(void)frame;
}

void requests_forget_sink(struct requests *requests, struct sink *sink)
{
	struct sink **at = &requests->sinks;

	requests->nowhere = (struct sink){.name = "", .view = sink->view, .send = discard};
	for (size_t i = 0; i < requests->jobs.count; i++) {
		struct job *job = &requests->jobs.jobs[i];

		if (job->sink == sink)
			job->sink = &requests->nowhere;
		for (size_t k = 0; k < JOB_ASKERS; k++)
			if (job->earlier[k].sink == sink)
				job->earlier[k].sink = &requests->nowhere;
	}
	while (*at && *at != sink)
		at = &(*at)->next;
	if (*at)
		*at = sink->next;
}

static void synced_last(struct store_request *sync)
{
	struct export *export = sync->owner;
	struct requests *requests = export->requests;

	export->syncing_last = false;
	export->synced_last = true;
	requests->last_syncs--;
	if (!sync->error)
		return;
	requests->last_error = sync->error;
	export_lost(export, requests->say, sync->error);
}

/* Of an export that has nothing under way. */
static void sync_last(struct requests *requests, struct export *export)
{
	requests->last_syncs++;
	export->syncing_last = true;
	export->commit.sync = (struct store_request){
	        .operation = STORE_SYNC, .done = synced_last, .owner = export};
	store_start(export->store, &export->commit.sync);
}

static bool is_idle(const struct export *export)
{
	return !export->held && !export->commit.under_way && !export->commit.queued &&
	       !export->measuring && !export->syncing_last;
}

size_t requests_close_retired(struct requests *requests)
{
	struct export **at = &requests->exports->retired;
	size_t closed = 0;

	while (*at) {
		struct export *export = *at;

		if (is_idle(export) && export->options.writeback && !export->synced_last)
			sync_last(requests, export);
		if (!is_idle(export)) {
			at = &export->next;
			continue;
		}
		*at = export->next;
		export_close(export);
		free(export);
		closed++;
	}
	return closed;
}

/* ---- the end ---- */

void requests_sync_last(struct requests *requests)
{
	const struct exports *exports = requests->exports;

	for (size_t i = 0; i < exports->count; i++)
		if (exports->list[i]->options.writeback)
			sync_last(requests, exports->list[i]);
	requests_close_retired(requests);
}

static void say_unfinished(const struct export *export, const struct say *say)
{
	if (export->held || export->syncing_last)
		export_abandoned(export, say, export->held);
}

void requests_say_unfinished(const struct requests *requests)
{
	for (size_t i = 0; i < requests->exports->count; i++)
		say_unfinished(requests->exports->list[i], requests->say);
	for (struct export *e = requests->exports->retired; e; e = e->next)
		say_unfinished(e, requests->say);
}

/* ---- all of them ---- */

int requests_init(struct requests *requests, const struct say *say, struct exports *exports)
{
	int rc;

	*requests = (struct requests){.say = say, .exports = exports, .max_age = REQUEST_MAX_AGE};
	order_init(&requests->order, start_transfer);
	requests->scratch.data = malloc(LAN_FRAME_MAX);
	rc = requests->scratch.data ? job_pool_init(&requests->jobs, JOBS) : -ENOMEM;
	if (rc) {
		requests_release(requests);
		return rc;
	}
	for (size_t i = 0; i < requests->jobs.count; i++)
		requests->jobs.jobs[i].requests = requests;
	for (size_t i = 0; i < exports->count; i++)
		requests_adopt(requests, exports->list[i]);
	return 0;
}

void requests_release(struct requests *requests)
{
	job_pool_release(&requests->jobs);
	free(requests->scratch.data);
	requests->scratch.data = NULL;
}
