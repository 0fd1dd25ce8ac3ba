/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of `etherroot serve`. */
#ifndef TOOLS_SERVE_CONFIG_COMMAND_H
#define TOOLS_SERVE_CONFIG_COMMAND_H

#include "tools/cli/cli.h"
#include "tools/serve/config/plan.h"

extern const struct cli_command serve_command;

/* What one process was told when it was started. */
struct command_line {
	const char *name;    /* of the command, as its messages begin */
	struct plan plan;    /* what the arguments name */
	const char *config;  /* path of the configuration file, or NULL */
	const char *control; /* path of the control socket; NULL: the usual place */
	int ready_fd;        /* -1: none */
	/* Milliseconds that a request may have waited before it is taken; 0: the usual. */
	unsigned int max_age;
	/* Milliseconds that others' answers for an address are waited for; 0: nobody is asked. */
	unsigned int listen;
	const char *io; /* how transfers are done, as io_create knows it; NULL: the best */
};

/*
 * Reads the arguments of `etherroot serve` into line; command_release frees it in any case. Returns
 * an enum cli_exit, the message printed; after --help and --version *done is set.
 */
int command_read(struct command_line *line, int argc, char **argv, bool *done);
void command_release(struct command_line *line);

/*
 * Makes the plan that these arguments mean now: what they name, and what the configuration file has
 * at the moment. Returns 0, and plan_release frees it, or a negative errno: plan is empty, and why
 * says what is wrong.
 */
int command_plan(const struct command_line *line, struct plan *plan, struct why *why);

#endif
