/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of the command that has threads, or talks to what has them, for the thread sanitizer:
 * building all of it once more would take the tests longer than running it.
 */
#include <stdio.h>
#include <string.h>

#include "tools/cli/cli.h"
#include "tools/discover/discover.h"
#include "tools/serve/serve.h"

int main(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/');

	if (!strcmp(slash ? slash + 1 : argv[0], "etherroot-vblade"))
		return serve_vblade_main(argc, argv);
	if (argc > 1 && !strcmp(argv[1], "serve"))
		return serve_main(argc - 1, argv + 1);
	if (argc > 1 && !strcmp(argv[1], "status"))
		return status_main(argc - 1, argv + 1);
	if (argc > 1 && !strcmp(argv[1], "ctl"))
		return ctl_main(argc - 1, argv + 1);
	if (argc > 1 && !strcmp(argv[1], "discover"))
		return discover_main(argc - 1, argv + 1);
	fprintf(stderr, "etherroot: not in the build for the thread sanitizer\n");
	return CLI_FAILED;
}
