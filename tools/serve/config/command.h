/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of `etherroot serve`. */
#ifndef TOOLS_SERVE_CONFIG_COMMAND_H
#define TOOLS_SERVE_CONFIG_COMMAND_H

#include "tools/cli/cli.h"
#include "tools/serve/config/plan.h"

extern const struct cli_command serve_command;

/*
 * Reads the arguments into plan, which is empty. Returns an enum cli_exit, the message printed; the
 * plan is empty still after --help and --version.
 */
int command_read(struct plan *plan, int argc, char **argv);

#endif
