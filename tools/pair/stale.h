/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Data that may be old, taken because a person has said of when they are. */
#ifndef TOOLS_PAIR_STALE_H
#define TOOLS_PAIR_STALE_H

#include "tools/pair/pairing.h"

/* What the person has said. */
struct stale {
	const char *word; /* of which time the data are, as `status` tells; NULL: nothing */
	const char *off;  /* the other server, if it is off for certain; NULL: its fence is asked */
};

/*
 * Judges whether the own half may be promoted, in a pair that a timer brings up to date, without a
 * word. Returns 0; -ESTALE if it may be in a moment; or another negative errno; with why.
 */
int stale_check(const struct pairing *pairing, const struct pairing_export *export, size_t server,
                struct why *why);

/*
 * Makes sure that the word is right and the other server off, and then promotes the own half.
 * Returns 0 or a negative errno with why.
 */
int stale_promote(const struct pairing *pairing, const struct pairing_export *export, size_t server,
                  const struct stale *stale, struct why *why);

#endif
