/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "images/load.h"

#include <errno.h>
#include <stdlib.h>

#include "tools/host/regular.h"

enum { ANSWERS_MAX = 1 << 20 }; /* bytes: a thousand users, each with several keys */

int answers_load(const char *path, struct settings *settings, struct why *why)
{
	struct place place;
	struct why what;
	size_t length;
	char *text;
	int rc = regular_read(path, ANSWERS_MAX, &text, &length);

	if (rc)
		return why_set(why, rc, "%s: %s", path,
		               rc == -EFBIG ? "larger than 1 MiB" : regular_explain(rc));
	rc = answers_parse(text, length, settings, &place, &what);
	free(text);
	return rc ? why_set(why, rc, "%s:%lu:%lu: %s", path, place.line, place.column, what.text)
	          : 0;
}
