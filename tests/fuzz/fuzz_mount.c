/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rootflags= cut into flags and data for mount(2). The data fit their room; what is cut off is
 * told; and the data, read as flags again, give only themselves.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "init/mount.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	size_t room = 1 + take_below(&input, 256);
	char *options = take_string(&input), *rest = need(room), *again = need(room);
	int rc;
	unsigned long flags = mount_flags(options, MS_RDONLY, rest, room, &rc);

	ALWAYS((rc == 0 || rc == -E2BIG) && memchr(rest, '\0', room));
	ALWAYS(rc != -E2BIG || strlen(options) >= room - 1);
	if (!rc) {
		ALWAYS(strlen(rest) <= strlen(options));
		ALWAYS(mount_flags(rest, flags, again, room, &rc) == flags && !rc);
		ALWAYS(!strcmp(rest, again));
	}
	free(options);
	free(rest);
	free(again);
	return 0;
}
