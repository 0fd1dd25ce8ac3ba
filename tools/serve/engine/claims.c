/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/engine/claims.h"

#include "tools/serve/engine/presence.h"
#include "tools/serve/export/life.h"
#include "tools/serve/export/tenure.h"
#include "tools/serve/wire/announce.h"

/* What is to be done at once, or by then, is not before. */
static void note_due(struct requests *requests, uint64_t due)
{
	if (due < requests->claims_due)
		requests->claims_due = due;
}

void claims_begin(struct requests *requests, struct export *export, const struct sink *sink)
{
	if (tenure_take(&requests->tenures, export->view.address, sink, requests->now,
	                &export->forced))
		return;
	if (!requests->listen || export->options.duplicate || export->forced || export->withdrawn)
		return;
	claim_drop(&export->claims, sink);
	/* Without memory it is served as if nobody had answered. */
	if (!claim_add(&export->claims, sink))
		note_due(requests, 0);
}

void claims_begin_everywhere(struct requests *requests, struct export *export)
{
	for (const struct sink *sink = requests->sinks; sink; sink = sink->next)
		claims_begin(requests, export, sink);
}

void claims_begin_again(struct requests *requests, struct export *export)
{
	for (const struct sink *sink = requests->sinks; sink; sink = sink->next)
		if (claim_find(export->claims, sink))
			claims_begin(requests, export, sink);
}

void claims_keep_tenure(struct requests *requests, const struct export *export)
{
	struct tenure tenure = {.address = export->view.address, .forced = export->forced};

	for (tenure.sink = requests->sinks; tenure.sink; tenure.sink = tenure.sink->next)
		if (presence_answers(export, tenure.sink))
			tenure_keep(&requests->tenures, &tenure, requests->now);
}

void claims_lose_tenure(struct requests *requests, struct aoe_address address,
                        const struct sink *sink)
{
	tenure_lose(&requests->tenures, address, sink);
}

bool claims_heard(struct requests *requests, struct export *export, const struct sink *sink,
                  struct mac other)
{
	struct claim *claim = claim_find(export->claims, sink);

	if (!claim)
		return false;
	if (claim_heard(claim, other, requests->now)) {
		export_taken(export, requests->say, claim);
		requests->claims_decided = true;
	}
	note_due(requests, claim->due);
	return true;
}

void claims_follow_link(struct requests *requests, const struct sink *sink)
{
	if (!sink->up)
		tenure_lose_all(&requests->tenures, sink);
	for (size_t i = 0; !sink->up && i < requests->exports->count; i++)
		if (!claim_find(requests->exports->list[i]->claims, sink))
			claims_begin(requests, requests->exports->list[i], sink);
	note_due(requests, 0);
}

void claims_first_heard(struct requests *requests, struct sink *sink)
{
	sink->heard = true;
	tenure_lose_all(&requests->tenures, sink);
	for (size_t i = 0; i < requests->exports->count; i++) {
		struct export *export = requests->exports->list[i];
		struct claim *claim = claim_find(export->claims, sink);

		if (claim)
			claim_ask_anew(claim);
		else
			claims_begin(requests, export, sink);
	}
	note_due(requests, 0);
}

static void serve(struct requests *requests, struct export *export, struct sink *sink)
{
	const struct claim *claim = claim_find(export->claims, sink);

	if (claim->taken)
		export_left(export, requests->say, claim);
	claim_drop(&export->claims, sink);
	requests->claims_decided = true;
	presence_announce_on(requests, export, sink);
}

/* Nobody else answers on this LAN. */
static void take(struct requests *requests, struct export *export, struct sink *sink)
{
	struct claim *claim = claim_find(export->claims, sink);
	const struct claim *there = claim_find_elsewhere(export->claims, claim);

	if (!there) {
		serve(requests, export, sink);
		return;
	}
	if (claim_defer(claim, there, requests->now))
		export_deferred(export, requests->say, claim, there);
	requests->claims_decided = true;
	note_due(requests, claim->due);
}

static void step(struct requests *requests, struct export *export, struct sink *sink)
{
	struct claim *claim = claim_find(export->claims, sink);

	if (!claim)
		return;
	switch (claim_step(claim, requests->now, requests->listen, sink->up)) {
	case CLAIM_FREE:
		take(requests, export, sink);
		return;
	case CLAIM_ASK:
		announce_ask(export->view.address, sink, &requests->scratch);
		break;
	case CLAIM_WAIT:
		/* Nobody is waited for where the link is down. */
		requests->claims_decided |= claim->due == CLAIM_NEVER;
		break;
	}
	note_due(requests, claim->due);
}

void claims_run(struct requests *requests)
{
	struct exports *exports = requests->exports;

	requests->claims_due = CLAIM_NEVER;
	for (size_t i = 0; i < exports->count; i++)
		for (struct sink *s = requests->sinks; exports->list[i]->claims && s; s = s->next)
			step(requests, exports->list[i], s);
}

bool claims_are_open(const struct requests *requests)
{
	for (size_t i = 0; i < requests->exports->count; i++)
		if (claim_is_asking(requests->exports->list[i]->claims))
			return true;
	return false;
}
