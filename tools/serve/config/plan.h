/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one process is to serve: the exports and LANs that were asked for. Pure: nothing is opened.
 */
#ifndef TOOLS_SERVE_CONFIG_PLAN_H
#define TOOLS_SERVE_CONFIG_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/cli/why.h"
#include "tools/serve/config/options.h"

struct plan_lan {
	const char *name; /* of the interface, or the socket's path */
	bool qemu;
};

struct plan {
	struct export_options *exports;
	size_t export_count;
	struct plan_lan *lans;
	size_t lan_count;
	struct mac mac; /* on QEMU's LANs, if has_mac */
	bool has_mac;
	unsigned int buffers; /* 0: what each LAN says */
	int ready_fd;         /* -1: none */
};

#define PLAN_EMPTY ((struct plan){.ready_fd = -1})

/* Takes over options. Returns 0 or -ENOMEM. */
int plan_add_export(struct plan *plan, const struct export_options *options);

/* name stays the caller's. Returns 0 or -ENOMEM. */
int plan_add_lan(struct plan *plan, const char *name, bool qemu);

/* Sorts the exports by address. Returns 0, or -EINVAL, and why says which two share theirs. */
int plan_check(struct plan *plan, struct why *why);

/* Frees all. */
void plan_release(struct plan *plan);

#endif
