/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is wrong with a boot server, a line each. */
#ifndef TOOLS_SERVER_TROUBLES_H
#define TOOLS_SERVER_TROUBLES_H

#include "tools/host/args.h"
#include "tools/server/site.h"

/* Adds each trouble of a site whose inventory was read to list. */
void troubles_find(const struct site *site, struct args *list);

#endif
