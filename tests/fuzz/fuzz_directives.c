/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration file. It is taken, and then says nothing twice and has a reload's steps to
 * itself that change nothing; or it is refused at a place that it has.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tools/serve/config/changes.h"
#include "tools/serve/config/directives.h"

static void check_taken(const struct plan *plan)
{
	struct changes changes;

	for (size_t i = 0; i < plan->export_count; i++) {
		const struct export_options *options = &plan->exports[i];

		ALWAYS(options->file.path && *options->file.path && options->place.line);
		ALWAYS(options->mac_count <= EXPORT_MACS_MAX);
		ALWAYS(options->config_length <= AOE_CONFIG_MAX);
		ALWAYS(!i || aoe_address_compare(options[-1].address, options->address) < 0);
	}
	for (size_t i = 0; i < plan->lan_count; i++)
		ALWAYS(*plan->lans[i].name && plan->lans[i].place.line);
	ALWAYS(!changes_find(plan, plan, &changes));
	ALWAYS(changes.export_count == plan->export_count && changes.lan_count == plan->lan_count);
	for (size_t i = 0; i < changes.export_count; i++)
		ALWAYS(changes.exports[i].change == CHANGE_KEEP);
	changes_release(&changes);
}

/* The place is on a line of the text, at one of its bytes or its end. */
static void check_place(const uint8_t *text, size_t size, const struct place *place)
{
	const uint8_t *line = text, *end = text + size;

	for (unsigned long i = 1; i < place->line; i++) {
		line = memchr(line, '\n', (size_t)(end - line));
		ALWAYS(line);
		line++;
	}
	ALWAYS(place->line && place->column && place->column <= (size_t)(end - line) + 1);
	ALWAYS(!memchr(line, '\n', place->column - 1));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct plan plan = {0};
	struct place place;
	struct why why = {""};
	int rc = directives_parse((const char *)data, size, &plan, &place, &why);

	ALWAYS(!rc || rc == -EINVAL);
	if (rc) {
		ALWAYS(*why.text && !plan.exports && !plan.lans);
		if (size)
			check_place(data, size, &place);
	} else {
		check_taken(&plan);
	}
	plan_release(&plan);
	return 0;
}
