/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a server has noted of a mirror that a timer brings up to date: what it has seen itself, by
 * its own clock, in a file of a line each, "whole 1795834800".
 */
#ifndef TOOLS_PAIR_NOTES_H
#define TOOLS_PAIR_NOTES_H

#include <stdint.h>

#include "tools/aoe/address.h"
#include "tools/cli/why.h"

#define NOTES_FOLDER "/var/lib/etherroot/pair"

/* Seconds since 1970; 0: it is not known to have been. */
struct notes {
	int64_t whole; /* the half that is behind had everything then */
	int64_t begun; /* it has been brought up to date since then, and is not known to be done */
	int64_t split; /* DRBD would not have the two meet: both have written */
};

enum note {
	NOTES_WHOLE, /* ends what was begun, and a split */
	NOTES_BEGUN,
	NOTES_SPLIT,
	NOTES_TAKEN, /* nothing is known any more of the half that is behind */
};

enum {
	NOTES_TIME = sizeof("2026-11-28T03:00:07Z"),
	NOTES_AGE = 48, /* bytes of "1234 days 23 h old" and the like */
};

/* Lines in another form are not taken. Pure. */
void notes_parse(const char *text, struct notes *notes);

/* Of a mirror with no file nothing is known. */
void notes_read(struct aoe_address address, struct notes *notes);

/* Notes it, with the time that it is. Returns 0 or a negative errno with why. */
int notes_add(struct aoe_address address, enum note note, struct why *why);

/* A time as it is told, and said by whoever accepts its data; of UTC. Pure. */
const char *notes_time(int64_t time, char text[NOTES_TIME]);

/* "5 h 12 min old". Pure. */
const char *notes_age(int64_t time, int64_t now, char text[NOTES_AGE]);

#endif
