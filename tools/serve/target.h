/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The target: takes requests from its LANs, has the exports' storage do them, and answers. A
 * request is a job from the frame's arrival to the reply's departure, in one buffer:
 *
 *     lan_receive (port.c) -> protocol_accept, which export?, protocol_decide (request.c)
 *     -> storage_start; when it is done: of a write, commit_add, until a sync is done
 *     -> protocol_complete (request.c) -> lan_send (port.c)
 */
#ifndef TOOLS_SERVE_TARGET_H
#define TOOLS_SERVE_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/cli/cli.h"
#include "tools/lan/lan.h"
#include "tools/serve/export.h"

struct target;

/*
 * A target for these exports, which are open and sorted by address, and stay the caller's. Messages
 * are printed as command's. Returns 0 or -ENOMEM; target_free releases it.
 */
int target_create(const struct cli_command *command, struct export *exports, size_t count,
                  struct target **target);
void target_free(struct target *target);

/*
 * Adds a LAN, which stays the caller's. buffers, if not 0, is what initiators are told instead of
 * lan->buffers. Returns 0, -ENOMEM or what epoll_ctl(2) says.
 */
int target_add_lan(struct target *target, struct lan *lan, unsigned int buffers);

/* Tells every LAN which exports are here, so that initiators need not wait until they ask again. */
void target_announce(struct target *target);

/*
 * Serves until stop, a file descriptor, becomes readable; then finishes what was begun. Returns 0
 * or a negative errno.
 */
int target_run(struct target *target, int stop);

/* One round without waiting: all that has arrived on every LAN, to the end. For tests. */
void target_work(struct target *target);

#endif
