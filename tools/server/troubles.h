/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is wrong with a boot server, a line each. */
#ifndef TOOLS_SERVER_TROUBLES_H
#define TOOLS_SERVER_TROUBLES_H

#include "tools/host/args.h"
#include "tools/server/disks.h"

/* Adds each trouble of a site whose inventory was read, and whose disks were looked at, to list. */
void troubles_find(const struct site *site, const struct disk_look *looks, struct args *list);

#endif
