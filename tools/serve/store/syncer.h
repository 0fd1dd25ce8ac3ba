/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fdatasync in a thread of its own: it takes as long as the disk takes, and meanwhile reads are
 * answered and the next writes gather.
 */
#ifndef TOOLS_SERVE_STORE_SYNCER_H
#define TOOLS_SERVE_STORE_SYNCER_H

#include "tools/serve/store/store.h"

struct syncer;

/*
 * For the file that is open as fd, which stays the caller's. *ready is a descriptor that is
 * readable when syncer_dispatch has something to do. Returns 0 or a negative errno; syncer_free
 * releases it.
 */
int syncer_create(int fd, struct syncer **syncer, int *ready);

/* Starts one; none is under way. */
void syncer_start(struct syncer *syncer, struct store_request *request);

/* Reports the one that is done, if it is. */
void syncer_dispatch(struct syncer *syncer);

/* Waits for the one that is under way, and does not report it. syncer may be NULL. */
void syncer_free(struct syncer *syncer);

#endif
