/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "images/load.h"

#include "tools/host/configuration.h"

enum { ANSWERS_MIB = 1 }; /* a thousand users, each with several keys */

static int parse(const char *text, size_t length, void *settings, struct place *place,
                 struct why *why)
{
	return answers_parse(text, length, settings, place, why);
}

int answers_load(const char *path, struct settings *settings, struct why *why)
{
	return configuration_load(path, ANSWERS_MIB, parse, settings, why);
}
