/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machines' disks, as they are now: any of them may hang whoever looks at it. */
#ifndef TOOLS_SERVER_DISKS_H
#define TOOLS_SERVER_DISKS_H

#include <stdbool.h>

#include "tools/server/installing.h"
#include "tools/server/owner.h"

/* What was seen of one. */
struct disk_look {
	/* How the target's user would fare who opens it, or, if that cannot be tried, whoever looks
	 * whether it is there: 0 or a negative errno, -ETIMEDOUT if it does not answer. */
	int rc;
	enum installing installing;
	char text[INSTALLING_TEXT]; /* of INSTALLING_BEGUN: how far it is, printable */
};

/*
 * Looks at the disks of all machines of a site's inventory, side by side and each in a process of
 * its own, for some seconds at the most. Returns one for each machine, in their order, and behind
 * them the installer's, if there is one; to be freed. NULL: no memory.
 */
struct disk_look *disks_look(const struct site *site, const struct owner *owner);

/* How far the installation of a machine's disk is, or NULL: nothing is to be installed. */
const char *disks_tell(const struct inventory_machine *machine, const struct disk_look *look);

#endif
