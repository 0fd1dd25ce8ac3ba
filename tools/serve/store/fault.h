/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A layer over any store that delays, fails, hangs or falsifies requests on demand, so that trouble
 * can be rehearsed. Nothing of it is in the way as long as there are no rules.
 *
 * A request meets the rules one after the other. What a delay or a hang holds goes on with the next
 * rule after it; an error ends it, and the store below never sees it. Whether a rule hits is drawn
 * from a row of numbers of its own, which begins with the seed: the same requests in the same order
 * meet the same faults.
 *
 * It is not in_order, whatever the store below is: a sync goes past the writes that are held.
 */
#ifndef TOOLS_SERVE_STORE_FAULT_H
#define TOOLS_SERVE_STORE_FAULT_H

#include "tools/serve/store/store.h"

enum {
	FAULT_RULES_MAX = 8,
	FAULT_TEXT = 160,       /* bytes of the text of a set of rules, with its end */
	FAULT_DELAY_MAX = 3600, /* seconds */
	FAULT_ALWAYS = 1000000, /* a share of all requests */
};

#define FAULT_NEVER UINT64_MAX /* a time */

enum fault_effect {
	FAULT_DELAY,
	FAULT_HANG, /* until the rules are changed */
	FAULT_ERROR,
	FAULT_FLIP, /* one bit of what is read or written is wrong, and nobody is told */
};

struct fault_rule {
	enum fault_effect effect;
	unsigned int operations; /* bits, 1 << enum store_operation, that it is about */
	unsigned int share;      /* of FAULT_ALWAYS: that many of those requests */
	unsigned int delay;      /* milliseconds: FAULT_DELAY */
	int error;               /* a negative errno: FAULT_ERROR */
};

/* All zero: there are none. */
struct fault_rules {
	struct fault_rule list[FAULT_RULES_MAX];
	size_t count;
	uint64_t seed;
	char text[FAULT_TEXT]; /* as the administrator wrote them: letters, digits and -:.%+ */
};

/* Layers that hold something for a time; times are in milliseconds. All zero at first. */
struct fault_queue {
	struct fault *first;
	uint64_t now;            /* when fault_run was called */
	uint64_t (*clock)(void); /* what time it is since; NULL: still the same */
};

struct fault_list {
	struct store_request *first, **end;
};

struct fault {
	struct store store; /* requests for the layer */
	struct store *below;
	struct fault_queue *queue;
	struct fault_rules rules;
	uint64_t row[FAULT_RULES_MAX]; /* of each rule, where in its row of numbers it is */
	struct fault_list held[FAULT_RULES_MAX]; /* by each rule; whose time comes first is first */
	struct fault *next;
	bool queued;
};

/*
 * A layer without rules over a store, which is its own from now on: to close fault->store closes
 * that. The layer's memory is the caller's, and it and queue stay where they are.
 */
void fault_init(struct fault *fault, struct store *below, struct fault_queue *queue);

/* Other rules, by which also what is held now is judged anew. */
void fault_set(struct fault *fault, const struct fault_rules *rules);

/* The store below has another size by now. */
void fault_resized(struct fault *fault);

/* It is `now`: lets those go on whose time has come. */
void fault_run(struct fault_queue *queue, uint64_t now);

/* When fault_run has something to do next; FAULT_NEVER: nothing. */
uint64_t fault_due(const struct fault_queue *queue);

#endif
