/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one process serves: the exports and LANs of the command line, and then the open ones. */
#ifndef TOOLS_SERVE_PLAN_H
#define TOOLS_SERVE_PLAN_H

#include "tools/cli/cli.h"
#include "tools/lan/lan.h"
#include "tools/serve/export.h"

struct plan_lan {
	const char *name; /* of the interface, or the socket's path */
	bool qemu;
	struct lan *lan; /* once it is open */
};

struct plan {
	struct export_options *options; /* as given; then sorted by address */
	struct export *exports;         /* once they are open, in the same order */
	size_t option_count, export_count;
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

/* These print what is wrong as command's messages, and return an enum cli_exit. */
int plan_open_exports(struct plan *plan, const struct cli_command *command);
int plan_open_lans(struct plan *plan, const struct cli_command *command);

/* One line for each export, and more where something may surprise. */
void plan_describe(const struct plan *plan, const struct cli_command *command);

/* Closes and frees all. */
void plan_release(struct plan *plan);

#endif
