/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/engine/request.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/serve/engine/claims.h"
#include "tools/serve/engine/clock.h"
#include "tools/serve/engine/measure.h"
#include "tools/serve/engine/presence.h"
#include "tools/serve/engine/quota.h"
#include "tools/serve/export/claim.h"
#include "tools/serve/export/layers.h"
#include "tools/serve/export/life.h"
#include "tools/serve/export/tenure.h"
#include "tools/serve/wire/frame.h"

static struct job *job_of_entry(struct commit_entry *entry)
{
	return (struct job *)(void *)((char *)entry - offsetof(struct job, entry));
}

static struct job *job_of_order(const struct order_entry *entry)
{
	return (struct job *)(void *)((char *)(uintptr_t)entry - offsetof(struct job, order));
}

static struct job *job_of_turn(struct share_entry *entry)
{
	return (struct job *)(void *)((char *)entry - offsetof(struct job, turn));
}

static void add_to_busy(struct requests *requests, struct export *export)
{
	export->answered = requests->now;
	export->next_busy = requests->busy;
	export->busy_link = &requests->busy;
	if (export->next_busy)
		export->next_busy->busy_link = &export->next_busy;
	requests->busy = export;
}

static void remove_from_busy(struct export *export)
{
	*export->busy_link = export->next_busy;
	if (export->next_busy)
		export->next_busy->busy_link = export->busy_link;
}

static struct job *take(struct requests *requests, struct export *export)
{
	struct job *job = NULL;

	/* One that hangs takes nothing on: what it has is enough to see that it answers again. */
	if (!export->hangs && quota_allows(export->held, requests->jobs.busy))
		job = job_take(&requests->jobs, requests);
	if (!job)
		return NULL;
	job->export = export;
	job->share = NULL;
	job->turn.started = false;
	job->asked = 0;
	job->waits = false;
	if (!export->held++)
		add_to_busy(requests, export);
	return job;
}

struct job *requests_take(struct requests *requests, struct export *export)
{
	struct job *job = take(requests, export);

	if (job)
		job->sink = NULL;
	return job;
}

/* From now on the store is to do it. */
static void wait_for_store(struct job *job, bool writes)
{
	struct export_direction *direction = &job->export->directions[writes];

	job->waits = true;
	job->writes = writes;
	if (!direction->waiting++)
		direction->answered = job->requests->now;
}

static void stop_waiting(struct job *job)
{
	struct requests *requests = job->requests;
	struct export *export = job->export;

	export->directions[job->writes].waiting--;
	if (export_moves(export, requests->say, job->writes, requests->now))
		presence_announce_export(requests, export);
}

static void let_go(struct export *export)
{
	if (--export->held)
		return;
	remove_from_busy(export);
	export->requests->quiet |= export->withdrawn || export->retired;
}

static void start_turn(struct share_entry *entry);

void requests_end(struct job *job)
{
	struct share *share = job->share;
	bool started = job->turn.started, write = started && job->order.write;

	if (job->waits)
		stop_waiting(job);
	if (job->order.link_count) {
		order_release(&job->requests->order, &job->order);
		order_remove(&job->requests->order, &job->order);
	}
	let_go(job->export);
	job_give(&job->requests->jobs, job);
	if (!share)
		return;
	share->held--;
	share_end(share, write, started, start_turn);
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
	requests_end(job);
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

static struct span span_of(const struct job *job)
{
	return (struct span){job->storage.operation != STORE_READ, job->storage.offset,
	                     job->storage.length};
}

/* By the clock that frames' arrival is told by. */
static uint64_t age_of(const struct lan_frame *frame)
{
	struct timespec t;
	uint64_t now;

	clock_gettime(CLOCK_REALTIME, &t);
	now = (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
	return now > frame->received ? now - frame->received : 0;
}

static void count(const struct job *job)
{
	const struct store_request *storage = &job->storage;
	struct stats *stats = storage->operation == STORE_SYNC ? NULL : export_stats(job->export);

	if (stats)
		stats_answered(stats, job->request.header.source, storage->operation == STORE_WRITE,
		               storage->length, age_of(&job->frame), job->requests->now);
}

static void answer(struct job *job)
{
	struct protocol_exchange exchange = exchange_of(job);

	count(job);
	if (job->asked)
		reply_to_earlier(job);
	protocol_complete(&exchange);
	reply(job, exchange.length);
}

static void complete(struct job *job)
{
	struct requests *requests = job->requests;
	const struct span span = span_of(job);

	if (export_worked(job->export, requests->say, &span, requests->now))
		presence_announce_export(requests, job->export);
	answer(job);
}

/* ---- the store ---- */

/* Silence: an error would reach the file system at once, a missing answer is asked for again. */
static void give_up(struct job *job, const char *verb, int error)
{
	const struct span span = span_of(job);

	job->requests->failing = true;
	export_failed(job->export, job->requests->say, verb, &span, error, job->requests->now);
	requests_end(job);
}

static void note_answer(struct job *job)
{
	struct requests *requests = job->requests;

	if (export_answered(job->export, requests->say, requests->now))
		presence_announce_export(requests, job->export);
}

static void stable(struct commit_entry *entry, int error)
{
	struct job *job = job_of_entry(entry);
	struct export *export = job->export;

	note_answer(job);
	/*
	 * Whoever is told: what was acknowledged before may be gone for good, and the kernel tells
	 * it once. No later flush can promise it.
	 */
	if (error && export->options.writeback && !export->lost)
		export_lost(export, job->requests->say, error);
	job->stable(job, error);
}

static void write_stable(struct job *job, int error)
{
	if (error)
		give_up(job, "syncing", error);
	else
		complete(job);
}

static void flush_stable(struct job *job, int error)
{
	if (error)
		give_up(job, "syncing", error);
	else if (job->export->lost)
		requests_end(job);
	else
		answer(job);
}

/* Flushes that came after it wait for one less. */
void requests_wrote(struct job *write)
{
	struct export *export = write->export;
	struct job **at = &export->flushes;

	export->writing_now--;
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

	note_answer(job);
	order_release(&job->requests->order, &job->order);
	if (write)
		requests_wrote(job);
	if (storage->error)
		give_up(job, write ? "writing" : "reading", storage->error);
	else if (write && !job->export->options.writeback)
		commit_written(&job->export->commit, &job->entry, job->epoch);
	else
		complete(job);
}

static void start_turn(struct share_entry *entry)
{
	struct job *job = job_of_turn(entry);

	job->epoch = job->export->commit.epoch;
	if (job->storage.operation == STORE_WRITE && !job->export->options.writeback)
		commit_begin(&job->export->commit, &job->entry);
	store_start(job->export->store, &job->storage);
}

/* Nothing overlaps it any more; now it is its initiator's turn. */
static void start_transfer(struct order_entry *entry)
{
	struct job *job = job_of_order(entry);

	if (!job->share || share_start(job->share, entry->write, &job->turn))
		start_turn(&job->turn);
}

void requests_describe(struct job *job, enum store_operation operation, uint64_t offset,
                       size_t length, void (*done)(struct store_request *storage))
{
	const struct export *export = job->export;
	uint64_t block = export->file_block, start = export->file_start + offset;

	job->storage = (struct store_request){.operation = operation,
	                                      .data = job->frame.data + AOE_ATA_DATA,
	                                      .offset = offset,
	                                      .length = length,
	                                      .done = done,
	                                      .owner = job};
	job->order = (struct order_entry){.file = export->file,
	                                  .start = start / block * block,
	                                  .end = (start + length + block - 1) / block * block,
	                                  .write = operation == STORE_WRITE};
}

/* The same request, sent again. Of a write also the data are the same. */
static bool is_repetition(const struct order_entry *entry, const void *what)
{
	const struct job *a = job_of_order(entry), *b = what;
	const struct aoe_ata *x = &a->request.ata, *y = &b->request.ata;

	return a->sink && a->export == b->export &&
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

/*
 * Most reads are answered from memory, and then nobody can have to wait for them; unless there are
 * so many that others' wait behind them.
 */
static bool read_at_once(struct job *job)
{
	const struct store_request *storage = &job->storage;

	return storage->operation == STORE_READ && !job->exceeds &&
	       order_is_free(&job->requests->order, &job->order) &&
	       !store_try_read(job->export->store, storage->data, storage->length, storage->offset);
}

static bool has_joined(struct job *job)
{
	struct order_entry *earlier =
	        order_find(&job->requests->order, &job->order, is_repetition, job);
	struct stats *stats = earlier ? export_stats(job->export) : NULL;

	if (stats)
		stats_repeated(stats, job->request.header.source, job->requests->now);
	if (earlier)
		join(job_of_order(earlier), job);
	return earlier;
}

bool requests_transfer(struct job *job, uint64_t arrival)
{
	enum order_verdict verdict = order_admit(&job->requests->order, &job->order, arrival);

	if (verdict == ORDER_SUPERSEDED)
		return false;
	wait_for_store(job, job->order.write);
	if (job->order.write) {
		job->sequence = job->export->sequence++;
		job->export->writing_now++;
	}
	if (verdict == ORDER_START)
		start_transfer(&job->order);
	return true;
}

/* What is stuck takes nothing on: what it has is enough to see that it goes on. */
static bool is_refused(struct job *job, bool write)
{
	struct export *export = job->export;
	struct stats *stats;

	if (!export->directions[write].stuck)
		return false;
	stats = export_stats(export);
	if (stats)
		stats->refused++;
	export_refused(export, job->requests->say, export->held, job->requests->now);
	requests_end(job);
	return true;
}

static void supersede(struct job *job)
{
	struct stats *stats = export_stats(job->export);

	if (stats)
		stats->superseded++;
	requests_end(job);
}

static void transfer(struct job *job, enum store_operation operation)
{
	uint64_t offset;
	size_t length;

	protocol_range(&job->request, &offset, &length);
	requests_describe(job, operation, offset, length, transferred);
	job->stable = write_stable;
	if (read_at_once(job))
		complete(job);
	else if (has_joined(job))
		requests_end(job);
	else if (!is_refused(job, operation == STORE_WRITE) &&
	         !requests_transfer(job, job->frame.received))
		supersede(job);
}

/* It is about all writes that arrived before it. */
static void flush(struct job *job, void (*made_stable)(struct job *job, int error))
{
	struct export *export = job->export;

	job->stable = made_stable;
	wait_for_store(job, true);
	job->storage = (struct store_request){.operation = STORE_SYNC};
	job->epoch = export->commit.epoch;
	job->sequence = export->sequence++;
	job->pending = export->writing_now;
	if (!job->pending) {
		commit_add(&export->commit, &job->entry, job->epoch);
		return;
	}
	job->next = export->flushes;
	export->flushes = job;
}

/* An error was told, and is remembered: export->lost. */
static void own_flush_stable(struct job *job, int error)
{
	(void)error;
	requests_end(job);
}

bool requests_flush(struct requests *requests, struct export *export)
{
	struct job *job = requests_take(requests, export);

	if (job)
		flush(job, own_flush_stable);
	return job;
}

/* ---- requests ---- */

/* ---- layers ---- */

/* The export that an initiator's requests are for: its layer, if it has one; else the export. */
static struct export *export_for(struct export *export, struct mac mac)
{
	struct export *layer = export->layers ? layers_find(export, mac) : NULL;

	return layer ? layer : export;
}

static void move_to(struct job *job, struct export *layer)
{
	let_go(job->export);
	job->export = layer;
	if (!layer->held++)
		add_to_busy(job->requests, layer);
}

/* For the first write of an initiator. Returns false if there is none to be had. */
static bool find_layer(struct job *job)
{
	struct requests *requests = job->requests;
	struct export *parent = job->export, *layer;
	struct mac mac = job->request.header.source;
	int rc = parent->layers ? layers_add(parent, mac, &layer) : 0;

	if (!parent->layers)
		return true;
	if (rc) {
		layers_refused(parent, mac, rc, requests->say, requests->now);
		return false;
	}
	requests_adopt(requests, layer);
	move_to(job, layer);
	return true;
}

static void decide(struct job *job)
{
	struct requests *requests = job->requests;
	struct export *export = job->export;
	struct protocol_exchange exchange = exchange_of(job);

	switch (protocol_decide(&exchange)) {
	case PROTOCOL_REPLY:
		reply(job, exchange.length);
		measure_growth(requests, export);
		break;
	case PROTOCOL_READ:
		transfer(job, STORE_READ);
		break;
	case PROTOCOL_WRITE:
		if (!export_may_write(export, requests->say, job->request.header.source,
		                      requests->now)) {
			protocol_refuse_write(&exchange);
			reply(job, exchange.length);
		} else if (find_layer(job))
			transfer(job, STORE_WRITE);
		else
			requests_end(job);
		break;
	case PROTOCOL_FLUSH:
		if (!is_refused(job, true))
			flush(job, flush_stable);
		break;
	case PROTOCOL_DROP:
		requests_end(job);
		break;
	}
}

/* Each export that is meant answers for itself; none does I/O. */
static size_t answer_broadcast(struct requests *requests, struct sink *sink,
                               const struct lan_frame *frame, struct protocol_request *request)
{
	struct lan_frame *answer = &requests->scratch;
	size_t asked = 0;

	for (size_t i = 0; i < requests->exports->count; i++) {
		const struct export *export =
		        export_for(requests->exports->list[i], request->header.source);
		struct protocol_exchange exchange = {.export = &export->view,
		                                     .lan = &sink->view,
		                                     .request = request,
		                                     .frame = frame->data,
		                                     .reply = answer->data};

		if (!protocol_is_for(request, &sink->view, exchange.export))
			continue;
		asked++;
		writer_seen(&requests->exports->list[i]->writer, request->header.source,
		            requests->now);
		if (export->retired || !presence_answers(export, sink))
			continue;
		if (protocol_decide(&exchange) != PROTOCOL_REPLY)
			continue;
		answer->length = exchange.length;
		answer->peer = frame->peer;
		sink_send(sink, answer);
		measure_growth(requests, requests->exports->list[i]);
	}
	return asked;
}

/*
 * The initiator has repeated it by now; a target that was frozen must not do it any more. What
 * counts is how long it waited to be received, not what it waited for since.
 */
static bool is_late(const struct lan_frame *frame, uint64_t read_at, unsigned int max_age)
{
	return read_at > frame->received && (read_at - frame->received) / 1000000 > max_age;
}

/* A request for one export. */
static void begin(struct requests *requests, struct export *export, struct sink *sink,
                  struct lan_frame *frame, const struct protocol_request *request, uint64_t read_at)
{
	struct share *share =
	        share_of(&requests->shares, export, request->header.source, sink->view.buffers);
	bool exceeds = share_exceeds(share, frame->received, read_at);
	struct job *job =
	        quota_allows_initiator(share->held, export->held) ? take(requests, export) : NULL;
	struct lan_frame empty;

	if (!job) {
		struct stats *stats = export_stats(export);

		if (stats)
			stats->refused++;
		export_refused(export, requests->say, export->held, requests->now);
		return;
	}
	empty = job->frame;
	job->frame = *frame;
	*frame = empty;
	job->sink = sink;
	job->share = share;
	job->exceeds = exceeds;
	share->held++;
	job->request = *request;
	decide(job);
}

static void miss(struct requests *requests, struct export *export)
{
	struct stats *stats = export_stats(export);

	if (stats)
		stats->late++;
	export_missed(export, requests->say, requests->max_age, requests->now);
}

size_t requests_begin(struct requests *requests, struct sink *sink, struct lan_frame *frame,
                      uint64_t read_at)
{
	struct protocol_request request;
	int rc = protocol_accept(frame->data, frame->length, &sink->view, &request);
	struct export *export;

	if (!sink->heard)
		claims_first_heard(requests, sink);
	if (!rc && protocol_is_broadcast(&request))
		return answer_broadcast(requests, sink, frame, &request);
	if (rc && rc != -EADDRINUSE)
		return 0;
	export = exports_find(requests->exports, request.header.address);
	if (!export && rc)
		claims_lose_tenure(requests, request.header.address, sink);
	if (!export || (!rc && !protocol_is_for(&request, &sink->view, &export->view)))
		return 0;
	/* Whatever becomes of the request. */
	if (!rc)
		writer_seen(&export->writer, request.header.source, requests->now);
	if (!rc && !presence_answers(export, sink))
		return 1;
	if (!rc)
		export = export_for(export, request.header.source);
	/* Its layer is being dropped: it is heard again when nothing of that is left. */
	if (!rc && export->retired)
		return 1;
	if (!rc && is_late(frame, read_at, requests->max_age))
		miss(requests, export);
	else if (!rc)
		begin(requests, export, sink, frame, &request, read_at);
	else
		presence_heard(requests, export, sink, &request.header);
	return 1;
}

void requests_look_after(struct requests *requests)
{
	for (struct export *export = requests->busy; export; export = export->next_busy) {
		export_waits(export, requests->say, export->held, requests->now);
		export_stands(export, requests->say, 0, requests->now);
		export_stands(export, requests->say, 1, requests->now);
		/* Who waits for that may not for ever. */
		requests->quiet |= export->withdrawn || export->retired;
	}
	for (struct export *e = requests->exports->retired; e; e = e->next) {
		if (e->leaving)
			export_closes(e, requests->say, e->answered, requests->now);
		if (e->syncing_last)
			export_waits(e, requests->say, 1, requests->now);
		requests->quiet |= e->hangs || e->syncing_last;
	}
}

static void forgive(uint64_t *answered, uint64_t now, uint64_t milliseconds)
{
	uint64_t silence = now - *answered;

	*answered += silence < milliseconds ? silence : milliseconds;
}

void requests_were_away(struct requests *requests, uint64_t milliseconds)
{
	for (struct export *export = requests->busy; export; export = export->next_busy) {
		forgive(&export->answered, requests->now, milliseconds);
		forgive(&export->directions[0].answered, requests->now, milliseconds);
		forgive(&export->directions[1].answered, requests->now, milliseconds);
	}
}

void requests_commit(struct requests *requests)
{
	commit_start_all(&requests->commits);
}

/* ---- exports and LANs that come and go ---- */

void requests_adopt(struct requests *requests, struct export *export)
{
	export->requests = requests;
	if (export->parent)
		export->file = requests->exports->files++;
	commit_init(&export->commit, export->store, &requests->commits, stable);
	for (struct export *l = layers_next(export, NULL); l; l = layers_next(export, l))
		requests_adopt(requests, l);
	fault_init(&export->fault, export->store, &requests->faults);
	export_set_faults(export, &export->options.faults);
}

static void discard(struct sink *sink, struct lan_frame *frame)
{
	(void)sink;
	(void)frame;
}

void requests_forget_sink(struct requests *requests, struct sink *sink)
{
	struct sink **at = &requests->sinks;

	for (size_t i = 0; i < requests->exports->count; i++)
		claim_drop(&requests->exports->list[i]->claims, sink);
	tenure_lose_all(&requests->tenures, sink);
	requests->claims_decided = true;
	requests->nowhere = (struct sink){.name = "", .view = sink->view, .send = discard};
	for (struct job *job = requests->jobs.all; job; job = job->next_of_all) {
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

/* ---- all of them ---- */

static uint64_t clock_now(void)
{
	return milliseconds(CLOCK_MONOTONIC);
}

int requests_init(struct requests *requests, const struct say *say, struct exports *exports)
{
	*requests = (struct requests){.say = say, .exports = exports, .max_age = REQUEST_MAX_AGE};
	requests->claims_due = CLAIM_NEVER;
	requests->faults.clock = clock_now;
	order_init(&requests->order, start_transfer);
	requests->scratch.data = frame_create();
	if (!requests->scratch.data)
		return -ENOMEM;
	for (size_t i = 0; i < exports->count; i++)
		requests_adopt(requests, exports->list[i]);
	return 0;
}

void requests_release(struct requests *requests)
{
	job_pool_release(&requests->jobs);
	tenure_lose_all(&requests->tenures, NULL);
	frame_free(requests->scratch.data);
	requests->scratch.data = NULL;
}
