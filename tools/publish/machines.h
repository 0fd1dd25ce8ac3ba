/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `etherroot publish` for the machines of a boot server's inventory. */
#ifndef TOOLS_PUBLISH_MACHINES_H
#define TOOLS_PUBLISH_MACHINES_H

#include <stdbool.h>

#include "tools/cli/cli.h"
#include "tools/host/args.h"

struct machines_request {
	const char *root;           /* of the site, or NULL: / */
	char **names;               /* the machines, up to a NULL; none: all of them */
	const struct args *options; /* for `publish --disk`; none: as each was published last */
	const char *kernel;         /* its version, or NULL: the newest */
	bool back, quiet;
};

/*
 * Sees whether what is on trial came up, then publishes each machine's kernel. One that fails does
 * not keep the others from it: why is printed and kept. Returns an enum cli_exit.
 */
int machines_publish(const struct cli_command *command, const struct machines_request *request);

#endif
