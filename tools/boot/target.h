/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's target: `etherroot serve` on a UNIX socket, started and waited for until it answers.
 */
#ifndef TOOLS_BOOT_TARGET_H
#define TOOLS_BOOT_TARGET_H

#include <stdbool.h>

#include "tools/aoe/address.h"
#include "tools/host/args.h"
#include "tools/host/child.h"

/* What is to be exported. */
struct boot_target {
	struct aoe_address address;
	const char *path;
	bool read_only;
	bool snapshot;      /* what is written is thrown away at the end, and path is only read */
	bool shared;        /* with snapshot: another target has it locked, for writing */
	uint64_t sectors;   /* with snapshot: that it has, the last of which may not be whole */
	const char *socket; /* the target's own end */
	const struct args *exports; /* further ones, as `etherroot serve` takes them */
};

/*
 * Starts it, its messages into err. Returns 0, -ECHILD (it ended: err tells), -ETIMEDOUT, -EINTR (a
 * signal came) or another negative errno; child must be stopped if it is not CHILD_NONE.
 */
int boot_target_start(struct child *child, const struct boot_target *target, int err, int signals,
                      int64_t deadline);

#endif
