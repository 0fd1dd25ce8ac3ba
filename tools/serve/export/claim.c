/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/export/claim.h"

#include <errno.h>
#include <stdlib.h>

/* Without a link nobody can answer, which says nothing about who is there. */
static void lose_link(struct claim *claim)
{
	claim->asked = 0;
	claim->missed = 0;
	claim->due = CLAIM_NEVER;
}

/* The last question has more than half of the time, those before it share the rest. */
static enum claim_step ask(struct claim *claim, uint64_t now, unsigned int listen)
{
	const uint64_t parts = (1 << CLAIM_QUESTIONS) - 1, part = 1 << claim->asked;

	claim->asked++;
	claim->due = now + (listen * part + parts - 1) / parts;
	return CLAIM_ASK;
}

/* The time is over, and no answer has come. */
static enum claim_step miss(struct claim *claim, uint64_t now)
{
	claim->asked = 0;
	if (!claim->taken || ++claim->missed == CLAIM_MISSES)
		return CLAIM_FREE;
	claim->due = now + CLAIM_PAUSE_MIN;
	return CLAIM_WAIT;
}

enum claim_step claim_step(struct claim *claim, uint64_t now, unsigned int listen, bool up)
{
	if (!up) {
		lose_link(claim);
		return CLAIM_WAIT;
	}
	if (claim->due != CLAIM_NEVER && now < claim->due)
		return CLAIM_WAIT;
	return claim->asked == CLAIM_QUESTIONS ? miss(claim, now) : ask(claim, now, listen);
}

void claim_ask_anew(struct claim *claim)
{
	if (claim->taken)
		return;
	claim->asked = 0;
	claim->due = 0;
}

bool claim_heard(struct claim *claim, struct mac other, uint64_t now)
{
	bool news = !claim->taken || claim->elsewhere;

	if (news) {
		claim->taken = true;
		claim->elsewhere = false;
		claim->since = now;
		claim->pause = CLAIM_PAUSE_MIN;
	} else if (claim->asked) {
		claim->pause =
		        claim->pause < CLAIM_PAUSE_MAX / 2 ? claim->pause * 2 : CLAIM_PAUSE_MAX;
	}
	claim->other = other;
	claim->asked = 0;
	claim->missed = 0;
	claim->due = now + claim->pause;
	return news;
}

bool claim_defer(struct claim *claim, const struct claim *there, uint64_t now)
{
	bool news = !claim->elsewhere;

	if (!claim->taken)
		claim->since = now;
	claim->taken = claim->elsewhere = true;
	claim->other = there->other;
	claim->missed = CLAIM_MISSES - 1;
	claim->due = now + CLAIM_PAUSE_MIN;
	return news;
}

int claim_add(struct claim **list, const struct sink *sink)
{
	struct claim *claim = calloc(1, sizeof(*claim));

	if (!claim)
		return -ENOMEM;
	claim->sink = sink;
	claim->next = *list;
	*list = claim;
	return 0;
}

void claim_drop(struct claim **list, const struct sink *sink)
{
	struct claim **at = list, *claim;

	while (*at && (*at)->sink != sink)
		at = &(*at)->next;
	claim = *at;
	if (!claim)
		return;
	*at = claim->next;
	free(claim);
}

void claim_drop_all(struct claim **list)
{
	while (*list)
		claim_drop(list, (*list)->sink);
}

const struct claim *claim_find_elsewhere(const struct claim *list, const struct claim *claim)
{
	while (list && (list == claim || !claim_is_answered(list)))
		list = list->next;
	return list;
}

const struct claim *claim_find_taken(const struct claim *list)
{
	const struct claim *answered = claim_find_elsewhere(list, NULL);

	while (!answered && list && !list->taken)
		list = list->next;
	return answered ? answered : list;
}

bool claim_is_asking(const struct claim *list)
{
	while (list && (list->taken || list->due == CLAIM_NEVER))
		list = list->next;
	return list;
}
