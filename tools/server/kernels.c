/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/server/kernels.h"

#include <string.h>

#include "tools/base/text.h"
#include "tools/cli/json.h"
#include "tools/publish/publish.h"

static const char *state_of(const struct publish_state *state)
{
	if (state->foreign)
		return "by hand";
	if (!state->current)
		return "none";
	if (state->on_trial)
		return "on trial";
	return state->fallen ? "fallen back" : "good";
}

/* ---- a table ---- */

static int table_machine(const struct publish_state *state, struct buffer *out)
{
	int rc = buffer_printf(out, "%s", state_of(state));

	if (!rc && state->on_trial)
		rc = buffer_printf(out, ", %s",
		                   !state->starts       ? "not started yet"
		                   : state->starts == 1 ? "started once"
		                                        : "started twice");
	if (!rc && state->fallen)
		rc = buffer_printf(out, " from %s", state->fallen);
	return rc ? rc : buffer_printf(out, "\n");
}

/* One that starts its disk's own, or will. */
static int table_own(const struct inventory_machine *machine, const struct disk_look *look,
                     struct buffer *out)
{
	const char *state = disks_tell(machine, look);

	return buffer_printf(out, "%-20s %-30s %s%s\n", machine->name, "-",
	                     state ? "not installed: " : "its disk's own", state ? state : "");
}

static int table_published(const struct site *site, const struct inventory_machine *machine,
                           struct buffer *out)
{
	struct publish_state state = publish_look(site->root, machine->name);
	int rc = buffer_printf(out, "%-20s %-30s ", machine->name,
	                       state.current ? state.current : "-");

	if (!rc)
		rc = table_machine(&state, out);
	publish_state_free(&state);
	return rc;
}

int kernels_table(const struct site *site, const struct disk_look *looks, struct buffer *out)
{
	int rc = site->inventory.machine_count
	                 ? buffer_printf(out, "\n%-20s %-30s %s\n", "MACHINE", "KERNEL", "STATE")
	                 : 0;

	for (size_t i = 0; !rc && i < site->inventory.machine_count; i++) {
		const struct inventory_machine *machine = &site->inventory.machines[i];

		rc = machine->install ? table_own(machine, &looks[i], out)
		                      : table_published(site, machine, out);
	}
	return rc;
}

/* ---- JSON ---- */

static int json_text(const char *name, const char *text, struct buffer *out)
{
	int rc = buffer_printf(out, ", \"%s\": %s", name, text ? "" : "null");

	return rc || !text ? rc : json_string(out, text, strlen(text));
}

int kernels_json(const struct site *site, const struct inventory_machine *machine,
                 struct buffer *out)
{
	struct publish_state state = publish_look(site->root, machine->name);
	int rc = buffer_printf(out, "{\"state\": \"%s\", \"starts\": %u", state_of(&state),
	                       state.starts);

	if (!rc)
		rc = json_text("generation", state.current, out);
	if (!rc)
		rc = json_text("previous", state.previous, out);
	if (!rc)
		rc = json_text("error", state.error, out);
	publish_state_free(&state);
	return rc ? rc : buffer_printf(out, "}");
}

/* ---- what is wrong ---- */

void kernels_find_troubles(const struct site *site, const struct inventory_machine *machine,
                           struct args *list)
{
	struct publish_state state = publish_look(site->root, machine->name);

	if (state.fallen)
		args_add(list,
		         "%s: its kernel %s did not come up, and it boots %s again: 'etherroot "
		         "publish --back%s%s %s' tries once more",
		         machine->name, state.fallen, state.current ? state.current : "none",
		         *site->root ? " --root " : "", site->root, machine->name);
	if (state.error)
		args_add(list, "%s: its kernel could not be published: %s", machine->name,
		         text_printable(state.error));
	publish_state_free(&state);
}
