/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_SERVE_STORE_URING_H
#define TOOLS_SERVE_STORE_URING_H

#include "tools/serve/store/io.h"

/* One io_uring for all. Returns 0 or a negative errno; io_free releases it. */
int io_create_uring(struct io **io);

#endif
