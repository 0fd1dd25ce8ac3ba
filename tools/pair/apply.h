/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A pairing made true on one server: its volumes looked at, its files written, its commands run. */
#ifndef TOOLS_PAIR_APPLY_H
#define TOOLS_PAIR_APPLY_H

#include <limits.h>

#include "tools/cli/why.h"
#include "tools/host/args.h"
#include "tools/pair/pairing.h"

struct apply {
	struct pairing pairing;
	size_t server;          /* which of the two this one is */
	size_t source;          /* whose data is kept */
	const char *data_of;    /* the same as a name, if it was said */
	const char *ssh;        /* how the other one is reached, or NULL */
	struct args overwrite;  /* NAME:VOLUME that may be lost */
	struct args replace;    /* files of others' that may be replaced */
	char program[PATH_MAX]; /* where this command lies */
};

/* Prints each file, and each command. Returns 0 or a negative errno with why. */
int apply_show(const struct apply *apply, struct why *why);

/*
 * Does it. Nothing is written before it is known that nothing is lost that was not named. Returns 0
 * or a negative errno with why.
 */
int apply_make(const struct apply *apply, struct why *why);

#endif
