/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/scout.h"

#include <stdlib.h>

struct scout *scout_create(const struct command_line *line)
{
	struct scout *scout = calloc(1, sizeof(*scout));

	if (!scout)
		return NULL;
	scout->line = *line;
	scout->line.plan = (struct plan){0};
	if (!plan_copy(&scout->line.plan, &line->plan))
		return scout;
	plan_release(&scout->line.plan);
	free(scout);
	return NULL;
}

void scout_run(void *owner)
{
	struct scout *scout = owner;

	scout->error = command_plan(&scout->line, &scout->next, &scout->why);
}

void scout_drop(void *owner)
{
	struct scout *scout = owner;

	plan_release(&scout->line.plan);
	plan_release(&scout->next);
	free(scout);
}
