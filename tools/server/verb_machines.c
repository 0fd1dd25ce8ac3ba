/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `etherroot machine list` and `show`: the machines as the inventory has them. */
#include <stdbool.h>
#include <string.h>

#include "tools/cli/json.h"
#include "tools/server/verb.h"

const struct cli_command machine_list_command = {
        .name = "machine list",
        .synopsis = "[--json] [--root DIR]",
        .summary = "Lists the machines.",
        .options = verb_show_options,
};

const struct cli_command machine_show_command = {
        .name = "machine show",
        .synopsis = "NAME [--json] [--root DIR]",
        .summary = "Shows one machine.",
        .options = verb_show_options,
};

/* ---- as text ---- */

static int write_row(const struct inventory_machine *machine, struct buffer *out)
{
	char address[AOE_ADDRESS_TEXT], mac[MAC_TEXT];
	int rc = buffer_printf(out, "%-20s %-10s %-17s %-7s %s\n", machine->name,
	                       aoe_address_format(machine->export, address),
	                       mac_format(machine->macs[0], mac),
	                       machine->shared ? "shared" : "own", machine->disk);

	for (size_t i = 1; !rc && i < machine->mac_count; i++)
		rc = buffer_printf(out, "%-20s %-10s %s\n", "", "",
		                   mac_format(machine->macs[i], mac));
	return rc;
}

static int write_one(const struct inventory_machine *machine, struct buffer *out)
{
	char address[AOE_ADDRESS_TEXT], mac[MAC_TEXT];
	int rc = buffer_printf(out, "name    %s\n", machine->name);

	for (size_t i = 0; !rc && i < machine->mac_count; i++)
		rc = buffer_printf(out, "mac     %s\n", mac_format(machine->macs[i], mac));
	if (!rc)
		rc = buffer_printf(out,
		                   "export  %s%.*s\n"
		                   "disk    %s%s\n"
		                   "script  " OUTPUTS_BOOT "/%s/" OUTPUTS_SCRIPT "\n",
		                   aoe_address_format(machine->export, address),
		                   (int)machine->options.size, (char *)machine->options.data,
		                   machine->disk, machine->shared ? " (shared)" : "",
		                   machine->name);
	if (!rc && *machine->append)
		rc = buffer_printf(out, "append  %s\n", machine->append);
	if (!rc && machine->install)
		rc = buffer_printf(out, "install %s\n", machine->install);
	return rc;
}

static int write_table(const struct inventory *inventory, struct buffer *out)
{
	int rc = buffer_printf(out, "%-20s %-10s %-17s %-7s %s\n", "MACHINE", "EXPORT", "MAC",
	                       "DISK IS", "DISK");

	for (size_t i = 0; !rc && i < inventory->machine_count; i++)
		rc = write_row(&inventory->machines[i], out);
	return rc;
}

/* ---- as JSON ---- */

int verb_json_machine(const struct inventory_machine *machine, struct buffer *out)
{
	char address[AOE_ADDRESS_TEXT], mac[MAC_TEXT];
	int rc = buffer_printf(out, "{\"name\": \"%s\", \"export\": \"%s\", \"macs\": [",
	                       machine->name, aoe_address_format(machine->export, address));

	for (size_t i = 0; !rc && i < machine->mac_count; i++)
		rc = buffer_printf(out, "%s\"%s\"", i ? ", " : "",
		                   mac_format(machine->macs[i], mac));
	if (!rc)
		rc = buffer_printf(
		        out, "], \"shared\": %s, \"disk\": ", machine->shared ? "true" : "false");
	if (!rc)
		rc = json_string(out, machine->disk, strlen(machine->disk));
	if (!rc)
		rc = buffer_printf(out, ", \"append\": ");
	if (!rc)
		rc = json_string(out, machine->append, strlen(machine->append));
	if (!rc)
		rc = buffer_printf(out, ", \"install\": %s", machine->install ? "" : "null");
	if (!rc && machine->install)
		rc = json_string(out, machine->install, strlen(machine->install));
	return rc ? rc : buffer_printf(out, "}");
}

static int write_json(const struct inventory *inventory, struct buffer *out)
{
	int rc = buffer_printf(out, "{\"machines\": [");

	for (size_t i = 0; !rc && i < inventory->machine_count; i++) {
		rc = buffer_printf(out, "%s", i ? ",\n " : "");
		if (!rc)
			rc = verb_json_machine(&inventory->machines[i], out);
	}
	return rc ? rc : buffer_printf(out, "]}\n");
}

static int write_json_one(const struct inventory_machine *machine, struct buffer *out)
{
	int rc = verb_json_machine(machine, out);

	return rc ? rc : buffer_append(out, "\n", 1);
}

/* ---- the verbs ---- */

static int write_all(const struct site *site, const char *name, bool json, struct buffer *out,
                     struct why *why)
{
	const struct inventory_machine *machine;
	int rc;

	if (name) {
		rc = site_find(site, name, &machine, why);
		if (rc)
			return rc;
		rc = json ? write_json_one(machine, out) : write_one(machine, out);
	} else {
		rc = json ? write_json(&site->inventory, out) : write_table(&site->inventory, out);
	}
	return rc ? why_memory(why) : 0;
}

static int show(const struct cli_command *command, const char *root, const char *name, bool json)
{
	struct buffer out = {0};
	struct site site;
	struct why why;
	int rc = site_open(&site, root, &why), status = CLI_FAILED;

	if (!rc)
		rc = site_load(&site, &why);
	if (!rc)
		rc = write_all(&site, name, json, &out, &why);
	if (rc)
		cli_error(command, "%s", why.text);
	else
		status = verb_print(command, &out);
	buffer_free(&out);
	site_close(&site);
	return status;
}

static int read_and_show(const struct cli_command *command, int count, int argc, char **argv)
{
	const char *values[VERB_SHOW_OPTIONS] = {NULL};
	struct verb_words words = {
	        .values = values, .count = count, .missing = "which machine? NAME is needed"};
	int status = verb_read(command, &words, argc, argv);

	if (status || words.done)
		return status;
	return show(command, values[VERB_SHOW_ROOT], count ? words.names[0] : NULL,
	            values[VERB_SHOW_JSON] != NULL);
}

int machine_list(int argc, char **argv)
{
	return read_and_show(&machine_list_command, 0, argc, argv);
}

int machine_show(int argc, char **argv)
{
	return read_and_show(&machine_show_command, 1, argc, argv);
}
