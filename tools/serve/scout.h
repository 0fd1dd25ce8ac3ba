/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the configuration file again for a reload, where that may take its time: beside the loop.
 */
#ifndef TOOLS_SERVE_SCOUT_H
#define TOOLS_SERVE_SCOUT_H

#include "tools/cli/why.h"
#include "tools/serve/config/command.h"
#include "tools/serve/config/plan.h"

/* It may outlast all else, and has copies of what it needs. */
struct scout {
	struct command_line line; /* its plan is a copy */
	struct plan next;         /* what is to be served; the taker may take it out */
	struct why why;           /* of the error */
	int error;                /* negative errno */
};

/* NULL without memory. */
struct scout *scout_create(const struct command_line *line);

/* For beside_start; owner is the scout. */
void scout_run(void *owner);
void scout_drop(void *owner);

#endif
