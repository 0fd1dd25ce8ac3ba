/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is known of an export's pair, in words: pure, from facts to text. */
#ifndef TOOLS_PAIR_TELL_H
#define TOOLS_PAIR_TELL_H

#include "tools/cli/buffer.h"
#include "tools/pair/cluster.h"
#include "tools/pair/mirror.h"
#include "tools/pair/notes.h"
#include "tools/pair/pairing.h"

/* How a mirror is, as this server sees it. */
enum tell_mirror {
	TELL_DOWN,      /* DRBD does not have it */
	TELL_SUSPENDED, /* it holds all writes until the other server is fenced */
	TELL_SPLIT,     /* two histories, or refused by a person: it does not look for the other */
	TELL_DETACHED,  /* the own disk has failed */
	TELL_ALONE,     /* the other one is not there; the own data are good */
	TELL_OLD,  /* the other one is not there; the own data are old, half, or not known to be new
	            */
	TELL_TO,   /* the own half is being brought up to date */
	TELL_FROM, /* the other's half is being brought up to date */
	TELL_LAME, /* the other's disk has failed */
	TELL_DIFFERENT, /* both take themselves for whole, and blocks are known to differ */
	TELL_WHOLE,     /* both have everything */
	TELL_UNSURE,    /* the two are about to agree */
	TELL_APART, /* of a pair that a timer brings up to date: the two are not connected, as it
	             * should be
	             */
};

struct tell_facts {
	const struct pairing *pairing;
	const struct pairing_export *export;
	size_t server;               /* this one */
	const struct mirror *mirror; /* NULL: DRBD does not have it */
	const struct cluster *cluster;
	const char *service;       /* "serving", "taken"... of the target here; "": there is none */
	const struct notes *notes; /* of a pair that a timer brings up to date, else unused */
	int64_t now;               /* seconds since 1970 */
};

enum tell_mirror tell_mirror(const struct mirror *mirror);

/* The same, where it is known what the pair is for. */
enum tell_mirror tell_state(const struct tell_facts *facts);

/* "whole", "alone" ... */
const char *tell_mirror_name(enum tell_mirror state);

enum { TELL_NOBODY = -1, TELL_BOTH = -2 };

/* The index of the server where it is promoted, or one of those. */
int tell_where(const struct tell_facts *facts);

/* True if it is served, the mirror is whole, and the cluster would do what is expected of it. */
bool tell_is_well(const struct tell_facts *facts);

/* One paragraph. Returns 0 or -ENOMEM. */
int tell_words(const struct tell_facts *facts, struct buffer *text);

/* The same as a JSON object. */
int tell_json(const struct tell_facts *facts, struct buffer *text);

#endif
