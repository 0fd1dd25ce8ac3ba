/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/bench/session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	TRIES = 16,        /* to find by chance a block that is not being written */
	MESSAGES_MAX = 10, /* about blocks of one target */
};

int session_init(struct session *session, struct bench_target *target,
                 const struct bench_options *options, struct mac client, size_t index,
                 size_t sharing)
{
	const struct replay *replay = options->replay;
	const unsigned int depth = replay ? replay->most : options->depth;
	const unsigned int sectors = replay ? REPLAY_SECTORS_MAX : options->block / AOE_SECTOR;
	const unsigned int frames =
	        (sectors + target->sectors_per_frame - 1) / target->sectors_per_frame;
	unsigned int most = depth * frames;

	if (!options->ignore_buffers && most > target->buffers)
		most = target->buffers;
	*session = (struct session){
	        .target = target,
	        .options = options,
	        .client = client,
	        .place = {.next = target->blocks * index / sharing % target->blocks},
	        .wake = UINT64_MAX,
	};
	/* Each its own stream, which the seed decides. */
	session->place.random = options->seed ^ (uint64_t)(index + 1) << 40 ^
	                        (uint64_t)target->address.shelf << 16 ^ target->address.slot;
	window_init(&session->window, most, options->ignore_buffers);
	session->operations = calloc(depth, sizeof(*session->operations));
	if (replay)
		session->answered = calloc(replay->count, sizeof(*session->answered));
	if (!session->operations || (replay && !session->answered))
		return -ENOMEM;
	for (unsigned int i = 0; i < depth; i++) {
		session->operations[i].next_free = session->free;
		session->free = &session->operations[i];
	}
	return 0;
}

void session_release(struct session *session)
{
	free(session->operations);
	free(session->answered);
	session->operations = NULL;
	session->answered = NULL;
}

size_t session_room(const struct session *session)
{
	return session->window.most;
}

/* ---- what is next ---- */

/* A block for a write: with a ledger, one that is not being written. */
static bool choose_block(struct session *session, bool write, uint64_t *block)
{
	const struct bench_target *target = session->target;
	const struct pattern *pattern = &session->options->pattern;

	for (int i = 0; i < TRIES; i++) {
		*block = pattern_block(pattern, &session->place, target->blocks);
		if (!write || !target->ledger.entries || !ledger_busy(&target->ledger, *block))
			return true;
	}
	return false;
}

/* When the pause before the next step is over; UINT64_MAX while what it follows on is unanswered.
 */
static uint64_t step_is_due(const struct session *session)
{
	const struct bench_options *options = session->options;
	const struct replay_step *step = &options->replay->steps[session->step];
	uint64_t from = session->began;

	if (step->after != REPLAY_START)
		from = session->answered[step->after];
	return from ? from + step->pause * options->pauses / 100 : UINT64_MAX;
}

static bool choose_step(struct session *session, struct operation *operation)
{
	const struct replay_step *step;

	if (session_replayed(session))
		return false;
	session->wake = step_is_due(session);
	if (operation->started < session->wake)
		return false;
	operation->block = session->step++;
	step = &session->options->replay->steps[operation->block];
	operation->lba = step->lba;
	operation->sectors = step->sectors;
	operation->write = step->write;
	return true;
}

static bool choose_check(struct bench_target *target, uint64_t *block)
{
	const struct ledger *ledger = &target->ledger;

	while (target->check_next < ledger->blocks && !ledger->entries[target->check_next].sent)
		target->check_next++;
	if (target->check_next == ledger->blocks)
		return false;
	*block = target->check_next++;
	return true;
}

bool session_checked(const struct session *session)
{
	return session->target->check_next >= session->target->ledger.blocks;
}

bool session_replayed(const struct session *session)
{
	return session->step == session->options->replay->count;
}

static bool choose(struct session *session, bool check, struct operation *operation)
{
	const struct bench_options *options = session->options;

	if (options->replay)
		return choose_step(session, operation);
	operation->write = !check && pattern_is_write(&options->pattern, &session->place);
	if (check ? !choose_check(session->target, &operation->block)
	          : !choose_block(session, operation->write, &operation->block))
		return false;
	operation->sectors = options->block / AOE_SECTOR;
	operation->lba = operation->block * operation->sectors;
	return true;
}

struct operation *session_begin(struct session *session, bool check, uint64_t now)
{
	struct ledger *ledger = &session->target->ledger;
	struct operation *operation = session->free, next = {.started = now};

	if (!session->began)
		session->began = now;
	if (!operation || !choose(session, check, &next))
		return NULL;
	session->free = operation->next_free;
	*operation = next;
	if (ledger->entries)
		operation->generation = operation->write
		                                ? ledger_begin(ledger, operation->block)
		                                : ledger->entries[operation->block].acknowledged;
	return operation;
}

/* ---- what came of it ---- */

/* The graver of two: lost and damaged sectors are worse than those that say nothing. */
static bool graver(enum ledger_verdict a, enum ledger_verdict b)
{
	return a > b;
}

void session_judge(struct session *session, struct operation *operation,
                   const struct request *request, const uint8_t *data)
{
	const struct ledger *ledger = &session->target->ledger;
	uint64_t lba = operation->lba + request->first;

	for (uint32_t i = 0; ledger->entries && i < request->count; i++) {
		uint32_t found;
		enum ledger_verdict verdict = ledger_judge(ledger, lba + i, operation->generation,
		                                           data + (size_t)i * AOE_SECTOR, &found);

		if (!graver(verdict, operation->worst))
			continue;
		operation->worst = verdict;
		operation->found = found;
		operation->worst_lba = lba + i;
	}
}

static void say_what_is_wrong(const struct bench_target *target, const struct operation *operation)
{
	char name[AOE_ADDRESS_TEXT], holds[64];
	const uint32_t generation = operation->generation;
	const char *wrong = "the data are damaged: their checksum does not fit";
	char text[200];

	snprintf(holds, sizeof(holds), operation->found ? "generation %u" : "older data",
	         operation->found);
	if (operation->worst == LEDGER_MISPLACED)
		wrong = "holds what was written to another sector or target";
	if (operation->worst == LEDGER_LOST) {
		snprintf(text, sizeof(text),
		         "an acknowledged write is lost: generation %u was acknowledged, it holds "
		         "%s",
		         generation, holds);
		wrong = text;
	}
	if (operation->worst == LEDGER_UNSENT) {
		snprintf(text, sizeof(text), "holds %s, which was never written", holds);
		wrong = text;
	}
	cli_error(&bench_command, "%s: block %llu, sector %llu: %s",
	          aoe_address_format(target->address, name), (unsigned long long)operation->block,
	          (unsigned long long)operation->worst_lba, wrong);
}

static void count_verdict(struct bench_target *target, const struct operation *operation)
{
	struct bench_verdicts *verdicts = &target->verdicts;
	uint64_t bad;

	switch (operation->worst) {
	case LEDGER_GOOD:
		verdicts->good++;
		return;
	case LEDGER_UNKNOWN:
		verdicts->unknown++;
		return;
	case LEDGER_LOST:
		verdicts->lost++;
		break;
	case LEDGER_DAMAGED:
		verdicts->damaged++;
		break;
	case LEDGER_MISPLACED:
		verdicts->misplaced++;
		break;
	case LEDGER_UNSENT:
		verdicts->unsent++;
		break;
	}
	bad = bench_verdicts_bad(verdicts);
	if (bad <= MESSAGES_MAX)
		say_what_is_wrong(target, operation);
	if (bad == MESSAGES_MAX)
		cli_error(&bench_command, "further blocks are only counted");
}

void session_end(struct session *session, struct operation *operation, uint64_t now, bool measure)
{
	struct bench_target *target = session->target;
	struct bench_figures *figures = &target->figures;
	enum bench_direction direction = operation->write ? BENCH_WRITE : BENCH_READ;

	if (operation->write) {
		if (target->ledger.entries)
			ledger_end(&target->ledger, operation->block, !operation->failed);
		figures->acknowledged += !operation->failed;
	} else if (target->ledger.entries && !operation->failed) {
		count_verdict(target, operation);
	}
	if (session->answered)
		session->answered[operation->block] = now;
	if (operation->failed) {
		figures->errors++;
	} else if (measure) {
		histogram_add(&figures->latency[direction], now - operation->started);
		figures->sectors[direction] += operation->sectors;
	}
	operation->next_free = session->free;
	session->free = operation;
}
