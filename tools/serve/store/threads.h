/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_SERVE_STORE_THREADS_H
#define TOOLS_SERVE_STORE_THREADS_H

#include "tools/serve/store/io.h"

/* A pool of threads for each device. Returns 0 or a negative errno; io_free releases it. */
int io_create_threads(struct io **io);

#endif
