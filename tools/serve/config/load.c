/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/config/load.h"

#include <errno.h>
#include <stdlib.h>

#include "tools/host/regular.h"
#include "tools/serve/config/directives.h"

enum { FILE_MAX = 4 << 20 }; /* bytes: a thousand exports, each with all the MACs it may have */

static const char *explain(int error)
{
	return error == -EFBIG ? "larger than 4 MiB" : regular_explain(error);
}

static int parse(const char *path, const char *text, size_t length, struct plan *plan,
                 struct why *why)
{
	struct place place;
	struct why what;
	int rc = directives_parse(text, length, plan, &place, &what);

	return rc ? why_set(why, rc, "%s:%lu:%lu: %s", path, place.line, place.column, what.text)
	          : 0;
}

int config_load(const char *path, struct plan *plan, struct why *why)
{
	size_t length;
	char *text;
	int rc = regular_read(path, FILE_MAX, &text, &length);

	if (rc)
		return why_set(why, rc, "%s: %s", path, explain(rc));
	rc = parse(path, text, length, plan, why);
	free(text);
	return rc;
}
