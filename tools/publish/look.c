/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>

#include "tools/host/args.h"
#include "tools/host/regular.h"
#include "tools/inventory/inventory.h"
#include "tools/publish/generations.h"
#include "tools/publish/lasterror.h"
#include "tools/publish/publish.h"
#include "tools/publish/trial.h"

struct publish_state publish_look(const char *root, const char *machine)
{
	char *path = args_text("%s" INVENTORY_BOOT "/%s/" GENERATIONS_SCRIPT, root, machine);
	char *trials = args_text("%s" TRIAL_FOLDER, root), *script;
	struct publish_state state = {.error = lasterror_read(root, machine)};
	struct names names = {0};
	size_t length;

	if (!regular_read(path, NAMES_MAX, &script, &length)) {
		state.foreign = names_parse(script, &names) != 0;
		free(script);
	}
	state.on_trial = names.trial != NULL;
	if (state.on_trial)
		state.starts = trial_read(trials, machine, names.current).starts;
	state.current = names.current;
	state.previous = names.previous;
	state.fallen = names.fallen;
	free(names.trial);
	free(trials);
	free(path);
	return state;
}

void publish_forget(const char *root, const char *machine)
{
	char *trials = args_text("%s" TRIAL_FOLDER, root);

	trial_prune(trials, machine, NULL);
	lasterror_forget(root, machine);
	free(trials);
}

void publish_state_free(struct publish_state *state)
{
	free(state->current);
	free(state->previous);
	free(state->fallen);
	free(state->error);
	*state = (struct publish_state){0};
}
