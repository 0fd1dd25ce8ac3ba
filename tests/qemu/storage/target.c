/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The target alone, linked statically, and `target ctl`: for a storage machine without libraries. */
#include <string.h>

#include "tools/serve/serve.h"

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "ctl"))
		return ctl_main(argc - 1, argv + 1);
	return serve_main(argc, argv);
}
