/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands that make a server one of a pair, in their order. Pure. */
#ifndef TOOLS_PAIR_COMMANDS_H
#define TOOLS_PAIR_COMMANDS_H

#include <stdbool.h>

#include "tools/host/args.h"
#include "tools/pair/apply.h"

enum { COMMANDS_MAX = 5 * PAIRING_EXPORTS_MAX + 8 };

struct commands {
	struct args list[COMMANDS_MAX];
	size_t count;
};

/* made: by export, whether its half of the mirror is made anew. The caller frees each list. */
void commands_make(const struct apply *apply, const bool made[PAIRING_EXPORTS_MAX],
                   struct commands *commands);

/* A word as a shell takes it, between quotes if it needs them. The caller frees. */
char *commands_quote(const char *word);

#endif
