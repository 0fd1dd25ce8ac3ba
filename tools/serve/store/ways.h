/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ways in which transfers can run, and the choice between them. */
#ifndef TOOLS_SERVE_STORE_WAYS_H
#define TOOLS_SERVE_STORE_WAYS_H

#include "tools/serve/store/io.h"

/*
 * With name NULL the best that this kernel has, or else "uring" or "threads". Returns 0 or a
 * negative errno: -EINVAL, no such name; or why it is not to be had. io_free releases it.
 */
int io_create(const char *name, struct io **io);

#endif
