/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `etherroot pair`: sets a pair up; its verbs look after it. */
#include "tools/pair/pair.h"

#include <stddef.h>
#include <string.h>

#include "tools/pair/verbs.h"

int pair_main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(int argc, char **argv);
	} verbs[] = {
	        {"status", pair_status}, {"move", pair_move},   {"take", pair_take},
	        {"leave", pair_leave},   {"fence", pair_fence}, {"resync", pair_resync},
	        {"note", pair_note},
	};

	for (size_t i = 0; argc > 1 && i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (!strcmp(argv[1], verbs[i].name))
			return verbs[i].run(argc - 1, argv + 1);
	return pair_setup(argc, argv);
}
