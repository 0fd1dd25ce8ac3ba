/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/pair/needs.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/cli/buffer.h"
#include "tools/host/args.h"

struct need {
	const char *program;
	const char *package;   /* of Debian 12 and 13 */
	unsigned int clusters; /* a bit for each enum pairing_cluster */
};

enum {
	PACEMAKER = 1 << PAIRING_PACEMAKER,
	KEEPALIVED = 1 << PAIRING_KEEPALIVED,
	NOBODY = 1 << PAIRING_NOBODY,
};

/* arping is what ocf:heartbeat:ethmonitor wants; pacemaker only recommends its tools. */
static const struct need needs[] = {
        {"drbdadm", "drbd-utils", PACEMAKER | KEEPALIVED | NOBODY},
        {"corosync", "corosync", PACEMAKER},
        {"pacemakerd", "pacemaker", PACEMAKER},
        {"cibadmin", "pacemaker-cli-utils", PACEMAKER},
        {"arping", "iputils-arping", PACEMAKER},
        {"keepalived", "keepalived", KEEPALIVED},
};

static bool is_installed(const char *program)
{
	const char *path = getenv("PATH");

	while (path && *path) {
		size_t length = strcspn(path, ":");
		char *file = args_text("%.*s/%s", (int)length, path, program);
		bool found = !access(file, X_OK);

		free(file);
		if (found)
			return true;
		path += length + (path[length] == ':');
	}
	return false;
}

static int add_missing(const struct pairing *pairing, struct buffer *packages)
{
	int rc = 0;

	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]) && !rc; i++)
		if ((needs[i].clusters & 1u << pairing->cluster) && !is_installed(needs[i].program))
			rc = buffer_printf(packages, "%s%s", packages->size ? ", " : "",
			                   needs[i].package);
	return rc;
}

int needs_check(const struct pairing *pairing, size_t server, struct why *why)
{
	const struct pairing_server *other = &pairing->servers[!server];
	struct buffer packages = {0};
	int rc = add_missing(pairing, &packages);

	if (rc)
		rc = why_memory(why);
	else if (packages.size)
		rc = why_set(why, -ENOENT, "not installed here: %.*s", (int)packages.size,
		             (const char *)packages.data);
	else if (!is_installed(other->fence))
		rc = why_set(why, -ENOENT,
		             "%s, which is to switch %s off, is not here: install its package",
		             other->fence, other->name);
	buffer_free(&packages);
	return rc;
}
