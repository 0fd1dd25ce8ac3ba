/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/engine/request.h"

#include <errno.h>

#include "tools/serve/engine/claims.h"
#include "tools/serve/engine/clock.h"
#include "tools/serve/engine/measure.h"
#include "tools/serve/engine/presence.h"
#include "tools/serve/engine/quota.h"
#include "tools/serve/engine/transfer.h"
#include "tools/serve/export/claim.h"
#include "tools/serve/export/layers.h"
#include "tools/serve/export/life.h"
#include "tools/serve/export/tenure.h"
#include "tools/serve/wire/frame.h"

/* ---- layers ---- */

/* The export that an initiator's requests are for: its layer, if it has one; else the export. */
static struct export *export_for(struct export *export, struct mac mac)
{
	struct export *layer = export->layers ? layers_find(export, mac) : NULL;

	return layer ? layer : export;
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
	transfer_move(job, layer);
	return true;
}

static void decide(struct job *job)
{
	struct requests *requests = job->requests;
	struct export *export = job->export;
	struct protocol_exchange exchange = transfer_exchange(job);

	switch (protocol_decide(&exchange)) {
	case PROTOCOL_REPLY:
		transfer_reply(job, exchange.length);
		measure_growth(requests, export);
		break;
	case PROTOCOL_READ:
		transfer_begin(job, STORE_READ);
		break;
	case PROTOCOL_WRITE:
		if (!export_may_write(export, requests->say, job->request.header.source,
		                      requests->now)) {
			protocol_refuse_write(&exchange);
			transfer_reply(job, exchange.length);
		} else if (find_layer(job))
			transfer_begin(job, STORE_WRITE);
		else
			transfer_end(job);
		break;
	case PROTOCOL_FLUSH:
		transfer_flush(job);
		break;
	case PROTOCOL_DROP:
		transfer_end(job);
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
	struct job *job = quota_allows_initiator(share->held, export->held)
	                          ? transfer_take(requests, export)
	                          : NULL;
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
	commit_init(&export->commit, export->store, &requests->commits, transfer_stable);
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
	order_init(&requests->order, transfer_start);
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
