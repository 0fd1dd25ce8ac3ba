/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/host/self.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char link_[] = "/proc/self/exe";

int self_path(char path[PATH_MAX])
{
	ssize_t length = readlink(link_, path, PATH_MAX - 1);

	if (length < 0)
		return -errno;
	path[length] = '\0';
	return 0;
}

void self_args(struct args *args, const char *subcommand)
{
	char path[PATH_MAX];

	/* By its name, so that process lists show it; by the link when it was replaced meanwhile.
	 */
	args_add(args, "%s", !self_path(path) && !access(path, X_OK) ? path : link_);
	args_add(args, "%s", subcommand);
}

int self_script(const char *name, char **path)
{
	static const char *const places[] = {"lib/etherroot", "../lib/etherroot"};
	char self[PATH_MAX];
	int rc = self_path(self);

	if (rc)
		return rc;
	*strrchr(self, '/') = '\0';
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		*path = args_text("%s/%s/%s", self, places[i], name);
		if (!access(*path, X_OK))
			return 0;
		free(*path);
	}
	return -ENOENT;
}
