/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/host/configuration.h"

#include <errno.h>
#include <stdlib.h>

#include "tools/host/regular.h"

int configuration_parse(const char *path, const char *text, size_t length,
                        configuration_parser *parse, void *into, struct why *why)
{
	struct place place;
	struct why what;
	int rc = parse(text, length, into, &place, &what);

	return rc ? why_set(why, rc, "%s:%lu:%lu: %s", path, place.line, place.column, what.text)
	          : 0;
}

int configuration_load(const char *path, size_t mib, configuration_parser *parse, void *into,
                       struct why *why)
{
	size_t length;
	char *text;
	int rc = regular_read(path, mib << 20, &text, &length);

	if (rc == -EFBIG)
		return why_set(why, rc, "%s: larger than %zu MiB", path, mib);
	if (rc)
		return why_set(why, rc, "%s: %s", path, regular_explain(rc));
	rc = configuration_parse(path, text, length, parse, into, why);
	free(text);
	return rc;
}
