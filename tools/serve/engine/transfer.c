/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/engine/transfer.h"

#include <string.h>
#include <time.h>

#include "tools/serve/engine/presence.h"
#include "tools/serve/engine/quota.h"
#include "tools/serve/export/life.h"

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

struct job *transfer_take(struct requests *requests, struct export *export)
{
	struct job *job = NULL;

	/* One that hangs takes nothing on: what it has is enough to see that it answers again. */
	if (!export->hangs && quota_allows(export->held, requests->jobs.busy))
		job = job_take(&requests->jobs, requests);
	if (!job)
		return NULL;
	job->export = export;
	job->sink = NULL;
	job->share = NULL;
	job->turn.started = false;
	job->asked = 0;
	job->waits = false;
	if (!export->held++)
		add_to_busy(requests, export);
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

void transfer_move(struct job *job, struct export *layer)
{
	let_go(job->export);
	job->export = layer;
	if (!layer->held++)
		add_to_busy(job->requests, layer);
}

static void start_turn(struct share_entry *entry);

void transfer_end(struct job *job)
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

struct protocol_exchange transfer_exchange(struct job *job)
{
	return (struct protocol_exchange){.export = &job->export->view,
	                                  .lan = &job->sink->view,
	                                  .request = &job->request,
	                                  .frame = job->frame.data,
	                                  .reply = job->frame.data};
}

void transfer_reply(struct job *job, size_t length)
{
	job->frame.length = length;
	sink_send(job->sink, &job->frame);
	transfer_end(job);
}

/* Copies of the reply for those who asked for the same before. */
static void reply_to_earlier(struct job *job)
{
	struct lan_frame *copy = &job->requests->scratch;
	unsigned int count = job->asked < JOB_ASKERS ? job->asked : JOB_ASKERS;

	for (unsigned int i = 0; i < count; i++) {
		const struct job_asker *asker = &job->earlier[i];
		struct protocol_request request = job->request;
		struct protocol_exchange exchange = transfer_exchange(job);

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
	struct protocol_exchange exchange = transfer_exchange(job);

	count(job);
	if (job->asked)
		reply_to_earlier(job);
	protocol_complete(&exchange);
	transfer_reply(job, exchange.length);
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
	transfer_end(job);
}

static void note_answer(struct job *job)
{
	struct requests *requests = job->requests;

	if (export_answered(job->export, requests->say, requests->now))
		presence_announce_export(requests, job->export);
}

void transfer_stable(struct commit_entry *entry, int error)
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
		transfer_end(job);
	else
		answer(job);
}

/* Flushes that came after it wait for one less. */
void transfer_wrote(struct job *write)
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
		transfer_wrote(job);
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
void transfer_start(struct order_entry *entry)
{
	struct job *job = job_of_order(entry);

	if (!job->share || share_start(job->share, entry->write, &job->turn))
		start_turn(&job->turn);
}

void transfer_describe(struct job *job, enum store_operation operation, uint64_t offset,
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

bool transfer_admit(struct job *job, uint64_t arrival)
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
		transfer_start(&job->order);
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
	transfer_end(job);
	return true;
}

static void supersede(struct job *job)
{
	struct stats *stats = export_stats(job->export);

	if (stats)
		stats->superseded++;
	transfer_end(job);
}

void transfer_begin(struct job *job, enum store_operation operation)
{
	uint64_t offset;
	size_t length;

	protocol_range(&job->request, &offset, &length);
	transfer_describe(job, operation, offset, length, transferred);
	job->stable = write_stable;
	if (read_at_once(job))
		complete(job);
	else if (has_joined(job))
		transfer_end(job);
	else if (!is_refused(job, operation == STORE_WRITE) &&
	         !transfer_admit(job, job->frame.received))
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
	transfer_end(job);
}

void transfer_flush(struct job *job)
{
	if (!is_refused(job, true))
		flush(job, flush_stable);
}

bool transfer_sync(struct requests *requests, struct export *export)
{
	struct job *job = transfer_take(requests, export);

	if (job)
		flush(job, own_flush_stable);
	return job;
}
