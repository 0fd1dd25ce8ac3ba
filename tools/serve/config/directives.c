/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/config/directives.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cli/cli.h"
#include "tools/cli/words.h"

static int add_lan(struct words *words, struct plan *plan, bool qemu)
{
	int rc = words_need(words, qemu ? "the path of a socket" : "the name of an interface");

	if (rc)
		return rc;
	if (!*words->word)
		return why_set(words->why, -EINVAL, "an empty name");
	return plan_add_lan(plan, words->word, qemu, words->place) ? why_memory(words->why) : 0;
}

static int read_interface(struct words *words, void *plan)
{
	return add_lan(words, plan, false);
}

static int read_qemu(struct words *words, void *plan)
{
	return add_lan(words, plan, true);
}

static int read_mac(struct words *words, void *context)
{
	struct plan *plan = context;
	int rc = words_need(words, "an address");

	if (rc)
		return rc;
	if (plan->has_mac)
		return why_set(words->why, -EINVAL, "a second mac: there is one for all of qemu");
	if (mac_parse(words->word, NULL, &plan->mac) || mac_is_group(plan->mac))
		return why_set(words->why, -EINVAL,
		               "'%.60s': not the address of a host, like 02:00:00:00:00:01",
		               words->word);
	plan->has_mac = true;
	return 0;
}

static int read_buffers(struct words *words, void *context)
{
	struct plan *plan = context;
	unsigned long number;
	int rc = words_need(words, "a number");

	if (rc)
		return rc;
	if (plan->buffers)
		return why_set(words->why, -EINVAL, "a second buffers: it is said once for all");
	if (cli_number(words->word, 2, UINT16_MAX, &number))
		return why_set(words->why, -EINVAL, "'%.60s': not a number from 2 to %d",
		               words->word, UINT16_MAX);
	plan->buffers = (unsigned int)number;
	return 0;
}

static int read_address(struct words *words, struct aoe_address *address)
{
	int rc = words_need(words, "an address like 0.0");

	if (rc)
		return rc;
	rc = aoe_address_parse(words->word, NULL, address);
	if (rc == -ERANGE)
		return why_set(words->why, -EINVAL,
		               "'%.60s': shelves go from 0 to %d, slots from 0 to %d", words->word,
		               AOE_SHELF_MAX, AOE_SLOT_MAX);
	return rc ? why_set(words->why, -EINVAL, "'%.60s': not an address like 0.0", words->word)
	          : 0;
}

static int read_path(struct words *words, char **path)
{
	int rc = words_need(words, "the path of what is exported");

	if (rc)
		return rc;
	if (!*words->word)
		return why_set(words->why, -EINVAL, "an empty path");
	*path = strdup(words->word);
	return *path ? 0 : why_memory(words->why);
}

int directives_read_export(struct words *words, struct export_options *options)
{
	int rc;

	*options = export_options_default();
	rc = read_address(words, &options->address);
	options->place = words->place;
	if (!rc)
		rc = read_path(words, &options->file.path);
	while (!rc && words_find(words)) {
		rc = words_read(words);
		if (!rc)
			rc = export_set_option(options, words->word, words->why);
	}
	if (rc)
		export_options_release(options);
	return rc;
}

static int read_export(struct words *words, void *plan)
{
	struct export_options options;
	int rc = directives_read_export(words, &options);

	if (rc || !plan_add_export(plan, &options))
		return rc;
	export_options_release(&options);
	return why_memory(words->why);
}

static const struct words_directive directives[] = {
        {"interface", read_interface}, {"qemu", read_qemu},     {"mac", read_mac},
        {"buffers", read_buffers},     {"export", read_export},
};

int directives_parse(const char *text, size_t length, struct plan *plan, struct place *place,
                     struct why *why)
{
	int rc = words_directives(text, length, directives,
	                          sizeof(directives) / sizeof(directives[0]), plan, place, why);

	if (!rc)
		rc = plan_check(plan, place, why);
	if (rc)
		plan_release(plan);
	return rc;
}
