/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/server/outputs.h"

#include <stdlib.h>
#include <string.h>

#include "tools/host/args.h"

/* Adds an empty one; the path is taken over. */
static struct output *add(struct outputs *outputs, char *path)
{
	struct output *list = reallocarray(outputs->list, outputs->count + 1, sizeof(*list));

	if (!list)
		abort();
	outputs->list = list;
	list[outputs->count] = (struct output){.path = path};
	return &list[outputs->count++];
}

static int add_text(struct outputs *outputs, const struct inventory *inventory, const char *path,
                    int (*write)(const struct inventory *inventory, struct buffer *text))
{
	return write(inventory, &add(outputs, args_text("%s", path))->text);
}

/* iPXE's own programs are the distribution's; a file of somebody's own in their place stays. */
static int add_programs(struct outputs *outputs)
{
	static const char *const names[] = {"undionly.kpxe", "ipxe.efi"};
	int rc = 0;

	for (size_t i = 0; !rc && i < sizeof(names) / sizeof(names[0]); i++) {
		struct output *output = add(outputs, args_text(OUTPUTS_BOOT "/%s", names[i]));

		output->link = true;
		rc = buffer_printf(&output->text, "/usr/lib/ipxe/%s", names[i]);
	}
	return rc;
}

static int add_scripts(struct outputs *outputs, const struct inventory *inventory, struct why *why)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < inventory->machine_count; i++) {
		const struct inventory_machine *machine = &inventory->machines[i];
		char *path = args_text(OUTPUTS_BOOT "/%s/" OUTPUTS_SCRIPT, machine->name);

		rc = outputs_write_script(inventory, machine, &add(outputs, path)->text, why);
	}
	return rc;
}

int outputs_make(const struct inventory *inventory, struct outputs *outputs, struct why *why)
{
	int rc;

	*outputs = (struct outputs){0};
	why_memory(why);
	rc = add_text(outputs, inventory, OUTPUTS_SERVE, outputs_write_serve);
	if (!rc)
		rc = add_text(outputs, inventory, OUTPUTS_DNSMASQ, outputs_write_dnsmasq);
	if (!rc && inventory->http)
		rc = add_text(outputs, inventory, OUTPUTS_HTTP, outputs_write_http);
	if (!rc && inventory->trial)
		rc = add_text(outputs, inventory, OUTPUTS_TRIAL, outputs_write_trial);
	if (!rc)
		rc = add_text(outputs, inventory, OUTPUTS_BOOT "/" OUTPUTS_SCRIPT,
		              outputs_write_table);
	if (!rc)
		rc = add_programs(outputs);
	if (!rc)
		rc = add_scripts(outputs, inventory, why);
	if (rc)
		outputs_release(outputs);
	return rc;
}

void outputs_release(struct outputs *outputs)
{
	for (size_t i = 0; i < outputs->count; i++) {
		free(outputs->list[i].path);
		buffer_free(&outputs->list[i].text);
	}
	free(outputs->list);
	*outputs = (struct outputs){0};
}

const struct output *outputs_find(const struct outputs *outputs, const char *path)
{
	for (size_t i = 0; i < outputs->count; i++)
		if (!strcmp(outputs->list[i].path, path))
			return &outputs->list[i];
	return NULL;
}

/* A script's first line is iPXE's. */
bool outputs_is_marked(const char *text, size_t length)
{
	static const char ipxe[] = "#!ipxe\n", mark[] = OUTPUTS_MARK "\n";

	if (length >= strlen(ipxe) && !memcmp(text, ipxe, strlen(ipxe))) {
		text += strlen(ipxe);
		length -= strlen(ipxe);
	}
	return length >= strlen(mark) && !memcmp(text, mark, strlen(mark));
}
