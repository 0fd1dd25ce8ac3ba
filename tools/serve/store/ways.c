/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/store/ways.h"

#include <errno.h>
#include <string.h>

#include "tools/serve/store/threads.h"
#include "tools/serve/store/uring.h"

int io_create(const char *name, struct io **io)
{
	if (name && strcmp(name, "uring") != 0 && strcmp(name, "threads") != 0)
		return -EINVAL;
	if (name)
		return *name == 'u' ? io_create_uring(io) : io_create_threads(io);
	/* Containers often forbid io_uring, and administrators may. */
	return io_create_uring(io) ? io_create_threads(io) : 0;
}
