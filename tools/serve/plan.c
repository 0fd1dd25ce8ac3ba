/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for one more element of an array that has count of them. */
static int grow(void **array, size_t count, size_t size)
{
	void *larger = reallocarray(*array, count + 1, size);

	if (!larger)
		return -ENOMEM;
	*array = larger;
	return 0;
}

int plan_add_export(struct plan *plan, const struct export_options *options)
{
	void *array = plan->options;

	if (grow(&array, plan->option_count, sizeof(*plan->options)))
		return -ENOMEM;
	plan->options = array;
	plan->options[plan->option_count++] = *options;
	return 0;
}

int plan_add_lan(struct plan *plan, const char *name, bool qemu)
{
	void *array = plan->lans;

	if (grow(&array, plan->lan_count, sizeof(*plan->lans)))
		return -ENOMEM;
	plan->lans = array;
	plan->lans[plan->lan_count++] = (struct plan_lan){.name = name, .qemu = qemu};
	return 0;
}

static int compare_options(const void *a, const void *b)
{
	const struct export_options *x = a, *y = b;

	return aoe_address_compare(x->address, y->address);
}

static int refuse_twins(const struct plan *plan, const struct cli_command *command)
{
	for (size_t i = 1; i < plan->option_count; i++) {
		const struct export_options *a = &plan->options[i - 1], *b = &plan->options[i];
		char name[AOE_ADDRESS_TEXT];

		if (!compare_options(a, b))
			return cli_usage(command,
			                 "%s: named twice, for %s and %s: give one of them "
			                 "another shelf or slot",
			                 aoe_address_format(a->address, name), a->file.path,
			                 b->file.path);
	}
	return CLI_OK;
}

/* The export, among those before it, that has the same file. */
static const struct export *find_twin(const struct plan *plan, const struct export *export)
{
	for (const struct export *e = plan->exports; e < export; e++)
		if (e->facts.device == export->facts.device &&
		    e->facts.inode == export->facts.inode &&
		    e->facts.block_device == export->facts.block_device)
			return e;
	return NULL;
}

static int open_export(struct plan *plan, struct export *export,
                       const struct export_options *options, const struct cli_command *command)
{
	int rc = export_open(export, options);
	const struct export *twin = rc == -ETXTBSY ? find_twin(plan, export) : NULL;
	const char *path = options->file.path;
	char name[AOE_ADDRESS_TEXT], other[AOE_ADDRESS_TEXT];

	aoe_address_format(options->address, name);
	if (twin)
		cli_error(command,
		          "%s: %s: exported as %s already: export both with ,ro, or with "
		          ",lock=no if their users coordinate",
		          name, path, aoe_address_format(twin->view.address, other));
	else if (rc)
		cli_error(command, "%s: %s: %s", name, path, file_storage_explain(rc));
	return rc ? CLI_FAILED : CLI_OK;
}

int plan_open_exports(struct plan *plan, const struct cli_command *command)
{
	int status;

	qsort(plan->options, plan->option_count, sizeof(*plan->options), compare_options);
	status = refuse_twins(plan, command);
	if (status)
		return status;
	plan->exports = calloc(plan->option_count, sizeof(*plan->exports));
	if (!plan->exports) {
		cli_error(command, "%s", strerror(ENOMEM));
		return CLI_FAILED;
	}
	for (size_t i = 0; !status && i < plan->option_count; i++) {
		status = open_export(plan, &plan->exports[i], &plan->options[i], command);
		plan->options[i].file.path = NULL; /* the export has it now */
		plan->export_count++;
	}
	return status;
}

/* The names that could have been meant. */
static void list_interfaces(char *text, size_t size)
{
	char **names;
	size_t count, used = 0;

	*text = '\0';
	if (lan_list_interfaces(true, &names, &count))
		return;
	for (size_t i = 0; i < count && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s",
		                         i ? ", " : ": this machine has ", names[i]);
	lan_free_names(names, count);
}

static int open_lan(const struct plan *plan, struct plan_lan *lan,
                    const struct cli_command *command)
{
	struct mac mac = plan->has_mac ? plan->mac : lan_stable_mac(lan->name);
	int rc = lan->qemu ? lan_open_qemu(lan->name, mac, &lan->lan)
	                   : lan_open_interface(lan->name, &lan->lan);
	char hint[256] = "";

	if (rc == -ENODEV)
		list_interfaces(hint, sizeof(hint));
	if (rc == -EACCES && lan->qemu)
		cli_error(command, "%s: permission denied: choose a folder you may write to",
		          lan->name);
	else if (rc)
		cli_error(command, "%s: %s%s", lan->name, lan_explain(rc), hint);
	else if (lan->lan->state != LAN_UP)
		cli_error(command, "%s: the link is down: waiting for it", lan->name);
	return rc ? CLI_FAILED : CLI_OK;
}

int plan_open_lans(struct plan *plan, const struct cli_command *command)
{
	int status = CLI_OK;

	for (size_t i = 0; !status && i < plan->lan_count; i++)
		status = open_lan(plan, &plan->lans[i], command);
	return status;
}

static void describe_export(const struct export *export, const struct cli_command *command)
{
	const struct export_options *options = &export->options;
	const char *durability = "read-write, acknowledged writes are on stable storage";
	char name[AOE_ADDRESS_TEXT];

	if (options->file.read_only)
		durability = "read-only";
	else if (options->writeback)
		durability = "read-write, writes are acknowledged from memory";
	aoe_address_format(options->address, name);
	cli_error(command, "%s: %s: %llu sector%s, %s", name, options->file.path,
	          (unsigned long long)export->view.sectors, export->view.sectors == 1 ? "" : "s",
	          durability);
	if (options->writeback && !options->file.read_only)
		cli_error(command,
		          "%s: cache=writeback: a crash or power cut of this machine loses "
		          "acknowledged writes and can ruin the file system on it",
		          name);
	if (export->facts.unused)
		cli_error(command,
		          "%s: the last %llu bytes are not a whole sector and are not exported",
		          name, (unsigned long long)export->facts.unused);
}

void plan_describe(const struct plan *plan, const struct cli_command *command)
{
	for (size_t i = 0; i < plan->export_count; i++)
		describe_export(&plan->exports[i], command);
}

void plan_release(struct plan *plan)
{
	for (size_t i = 0; i < plan->lan_count; i++)
		lan_close(plan->lans[i].lan);
	for (size_t i = 0; i < plan->export_count; i++)
		export_close(&plan->exports[i]);
	for (size_t i = 0; i < plan->option_count; i++)
		export_options_release(&plan->options[i]);
	free(plan->lans);
	free(plan->exports);
	free(plan->options);
	*plan = PLAN_EMPTY;
}
