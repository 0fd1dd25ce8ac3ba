/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/config/load.h"

#include "tools/host/configuration.h"
#include "tools/serve/config/directives.h"

enum { FILE_MIB = 4 }; /* a thousand exports, each with all the MACs it may have */

static int parse(const char *text, size_t length, void *plan, struct place *place, struct why *why)
{
	return directives_parse(text, length, plan, place, why);
}

int config_load(const char *path, struct plan *plan, struct why *why)
{
	return configuration_load(path, FILE_MIB, parse, plan, why);
}
