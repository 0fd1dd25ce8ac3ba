/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/host/self.h"

#include <limits.h>
#include <unistd.h>

static const char link_[] = "/proc/self/exe";

void self_args(struct args *args, const char *subcommand)
{
	char path[PATH_MAX];
	ssize_t n = readlink(link_, path, sizeof(path) - 1);

	/* By its name, so that process lists show it; by the link when it was replaced meanwhile.
	 */
	if (n > 0)
		path[n] = '\0';
	args_add(args, "%s", n > 0 && !access(path, X_OK) ? path : link_);
	args_add(args, "%s", subcommand);
}
