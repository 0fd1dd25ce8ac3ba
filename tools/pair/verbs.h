/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `etherroot pair` does, each with its command line. */
#ifndef TOOLS_PAIR_VERBS_H
#define TOOLS_PAIR_VERBS_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/cli/cli.h"
#include "tools/pair/pairing.h"

/* argv[0] is the verb, or "pair"; each returns an enum cli_exit, and has said what is wrong. */
int pair_setup(int argc, char **argv);
int pair_status(int argc, char **argv);
int pair_move(int argc, char **argv);
int pair_take(int argc, char **argv);
int pair_leave(int argc, char **argv);
int pair_fence(int argc, char **argv);
int pair_resync(int argc, char **argv);
int pair_note(int argc, char **argv);

/*
 * Reads PAIRING_PATH, and finds this machine among its servers.
 * Returns 0, and pairing_release frees it; or a negative errno with why.
 */
int verbs_load(struct pairing *pairing, size_t *server, struct why *why);

/*
 * The one export that is left of a command line when its options were read. Returns an enum
 * cli_exit and, if *go, the export's address.
 */
int verbs_take_export(const struct cli_command *command, const struct cli_parser *parser, bool *go,
                      struct aoe_address *address);

/* The pairing's export of that address, or NULL with why. */
const struct pairing_export *verbs_find(const struct pairing *pairing, struct aoe_address address,
                                        struct why *why);

#endif
