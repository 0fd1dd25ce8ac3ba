/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one process is to serve: the exports and LANs that were asked for. Pure: nothing is opened.
 * All zero is an empty one.
 */
#ifndef TOOLS_SERVE_CONFIG_PLAN_H
#define TOOLS_SERVE_CONFIG_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/cli/why.h"
#include "tools/serve/config/options.h"

struct plan_lan {
	char *name; /* of the interface, or the socket's path */
	bool qemu;
	struct place place;
};

struct plan {
	struct export_options *exports;
	size_t export_count;
	struct plan_lan *lans;
	size_t lan_count;
	struct mac mac; /* on QEMU's LANs, if has_mac */
	bool has_mac;
	unsigned int buffers; /* that initiators are told of; 0: what each LAN says */
};

/* Takes over options. Returns 0 or -ENOMEM. */
int plan_add_export(struct plan *plan, const struct export_options *options);

/* name is copied. Returns 0 or -ENOMEM. */
int plan_add_lan(struct plan *plan, const char *name, bool qemu, struct place place);

/* Fills copy, which is empty. Returns 0 or -ENOMEM, and plan_release frees it in any case. */
int plan_copy(struct plan *copy, const struct plan *plan);

/*
 * Moves all of `more`, which is empty then, into plan; what is single stays plan's if it has it.
 * Returns 0 or -ENOMEM.
 */
int plan_merge(struct plan *plan, struct plan *more);

/*
 * Sorts the exports by address, and the LANs. Returns 0, or -EINVAL if something is there twice:
 * why says what, and place is that of the second.
 */
int plan_check(struct plan *plan, struct place *place, struct why *why);

/* The order of LANs: 0 for the same one. */
int plan_lan_compare(const struct plan_lan *a, const struct plan_lan *b);

/* Frees all. */
void plan_release(struct plan *plan);

#endif
