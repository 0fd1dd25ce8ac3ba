/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An export's claim to its address on one LAN, before it is served there: whoever else answers for
 * that address is asked for first. Pure; times in milliseconds of one clock.
 *
 * An export that is served on a LAN has none there: so what has no claim answers. A claim begins
 * with a round of questions, for a broadcast may be lost. Without an answer within the time to
 * listen the address is free, and the claim is over. With one it is taken: then it is asked again
 * from time to time, and free once several rounds in a row were in vain, so that a server that is
 * only started anew keeps its place.
 */
#ifndef TOOLS_SERVE_EXPORT_CLAIM_H
#define TOOLS_SERVE_EXPORT_CLAIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/aoe/address.h"

enum {
	CLAIM_QUESTIONS = 3, /* of a round: the time to each is twice that to the one before */
	CLAIM_PAUSE_MIN =
	        2000, /* after an answer, before it is asked again; doubled each time... */
	CLAIM_PAUSE_MAX = 30000, /* ...up to this */
	CLAIM_MISSES = 3,        /* rounds in a row without an answer: whoever had it is gone */
};

#define CLAIM_NEVER UINT64_MAX /* a time */

struct sink;

struct claim {
	struct claim *next; /* of the same export, on other LANs */
	const struct sink *sink;
	unsigned int asked; /* questions of a round that is under way; 0: none is */
	bool taken;         /* by `other`, since then */
	bool elsewhere;     /* `other` has it, but on another LAN */
	struct mac other;
	uint64_t since;
	uint64_t due; /* when claim_step has something to do; CLAIM_NEVER: when the link is up */
	unsigned int pause, missed;
};

enum claim_step {
	CLAIM_WAIT, /* nothing is to be done before claim->due */
	CLAIM_ASK,  /* the question is to be sent now */
	CLAIM_FREE, /* the address is free: the claim is over */
};

/*
 * Goes on with it. listen: how long answers to a round are waited for, longer only if this is
 * called late: each question has its time. up: frames go out and come in.
 */
enum claim_step claim_step(struct claim *claim, uint64_t now, unsigned int listen, bool up);

/* What was asked up to now may not have been heard: the round begins anew, unless it is taken. */
void claim_ask_anew(struct claim *claim);

/* That host answers for the address. Returns true if it was not taken until then. */
bool claim_heard(struct claim *claim, struct mac other, uint64_t now);

/*
 * It is free here, but taken there: an initiator on both LANs would have two disks for one. It is
 * asked for again. Returns true if that was not so until then.
 */
bool claim_defer(struct claim *claim, const struct claim *there, uint64_t now);

/* ---- an export's claims: a list, NULL if there are none ---- */

/* A new one, which has yet to ask. Returns 0 or -ENOMEM. */
int claim_add(struct claim **list, const struct sink *sink);

/* That on the LAN, or NULL. */
static inline struct claim *claim_find(struct claim *list, const struct sink *sink)
{
	while (list && list->sink != sink)
		list = list->next;
	return list;
}

/* True if another target answers on that very LAN. */
static inline bool claim_is_answered(const struct claim *claim)
{
	return claim->taken && !claim->elsewhere;
}

/* Ends that on the LAN, if there is one. */
void claim_drop(struct claim **list, const struct sink *sink);
void claim_drop_all(struct claim **list);

/* One that is taken on its own LAN, and is not that one; or NULL. */
const struct claim *claim_find_elsewhere(const struct claim *list, const struct claim *claim);

/* One that is taken, on its own LAN if there is such a one; or NULL. */
const struct claim *claim_find_taken(const struct claim *list);

/* True if one of them has asked, or is about to, and it is not known yet if the address is free. */
bool claim_is_asking(const struct claim *list);

#endif
