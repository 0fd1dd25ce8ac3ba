/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which kernel each machine of a site boots, and whether it came up, as `server status` shows it.
 */
#ifndef TOOLS_SERVER_KERNELS_H
#define TOOLS_SERVER_KERNELS_H

#include "tools/cli/buffer.h"
#include "tools/host/args.h"
#include "tools/server/disks.h"

/* The machines, whose disks were looked at, as a table of their own. Returns 0 or -ENOMEM. */
int kernels_table(const struct site *site, const struct disk_look *looks, struct buffer *out);

/* One machine's as a JSON object. Returns 0 or -ENOMEM. */
int kernels_json(const struct site *site, const struct inventory_machine *machine,
                 struct buffer *out);

/* Adds what is wrong with one machine's. */
void kernels_find_troubles(const struct site *site, const struct inventory_machine *machine,
                           struct args *list);

#endif
