/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/store/io.h"

#include <errno.h>
#include <string.h>

int io_create(const char *name, struct io **io)
{
	if (name && !strcmp(name, "threads"))
		return io_create_threads(io);
	if (name)
		return -EINVAL;
	return io_create_threads(io);
}
