/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The user that the target runs as, to whom the disks must belong. */
#ifndef TOOLS_SERVER_OWNER_H
#define TOOLS_SERVER_OWNER_H

#include <stdbool.h>
#include <sys/types.h>

#include "tools/server/site.h"

#define OWNER_NAME "etherroot"

struct owner {
	bool found;
	uid_t uid;
	gid_t gid;
	gid_t disk; /* the group of block devices, or its own */
};

/* As the site's own files say, without asking anybody else. */
struct owner owner_find(const struct site *site);

/*
 * Gives a regular file to the owner, if there is one and this process may do that. Returns 0 or a
 * negative errno.
 */
int owner_give(const struct owner *owner, const char *path);

/*
 * This process becomes that user, if there is one and it may do that. Returns 0 or a negative
 * errno.
 */
int owner_become(const struct owner *owner);

#endif
