/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A mirror that a timer brings up to date: whose data are old, and how old. Pure. */
#ifndef TOOLS_PAIR_APART_H
#define TOOLS_PAIR_APART_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/pair/tell.h"

/* True if the halves are not connected, and nothing else is wrong with them. */
bool apart_is(const struct mirror *mirror, const struct notes *notes);

/* True if the half that is behind is the other server's, as far as this one knows. */
bool apart_is_ahead(const struct mirror *mirror);

/* False for a half that is in the midst of being brought up to date: neither old nor new. */
bool apart_is_usable(const struct mirror *mirror, const struct notes *notes);

enum { APART_WORD = NOTES_TIME };

/*
 * What has to be said to take this server's data: the time that they are of, "newest" if it knows
 * of no newer ones, "unknown".
 */
const char *apart_word(const struct mirror *mirror, const struct notes *notes,
                       char word[APART_WORD]);

/* ---- parts of what is told: each returns 0 or -ENOMEM ---- */

/* Who serves it, as far as this server can know. */
int apart_service(const struct tell_facts *facts, struct buffer *text);

/* How old the half is that is behind. */
int apart_half(const struct tell_facts *facts, struct buffer *text);

/* The server is lost that serves: what can the other one do, if it is told to? */
int apart_takeover(const struct tell_facts *facts, struct buffer *text);

/* , "behind": {...}: whose half it is, and of what time. */
int apart_json(const struct tell_facts *facts, struct buffer *text);

#endif
