/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One export as the administrator asked for it. Pure. */
#ifndef TOOLS_SERVE_CONFIG_OPTIONS_H
#define TOOLS_SERVE_CONFIG_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/aoe/aoe.h"
#include "tools/cli/why.h"
#include "tools/serve/store/store.h"

enum {
	EXPORT_MACS_MAX = 128, /* so that the list fits into a frame at the usual MTU */
};

/* SHELF.SLOT=PATH[,option...] as a struct. */
struct export_options {
	struct aoe_address address;
	struct file_store_options file; /* file.path is owned by this struct */
	bool writeback;                 /* a write is acknowledged before it is stable */
	struct mac macs[EXPORT_MACS_MAX];
	size_t mac_count; /* 0: every initiator may use it */
	uint8_t config[AOE_CONFIG_MAX];
	size_t config_length;
};

/*
 * Reads one export from text; ",," stands for a comma that is part of a path or a value. Pure.
 * Returns 0, and *options is to be released with export_options_release, or -EINVAL or -ENOMEM, and
 * why says which part is wrong and what it could be.
 */
int export_parse(const char *text, struct export_options *options, struct why *why);
void export_options_release(struct export_options *options);

/*
 * Adds a comma- or plus-separated list of MAC addresses, as vblade's -m has it, to options. Returns
 * 0 or -EINVAL, and why says which one.
 */
int export_add_macs(struct export_options *options, const char *list, struct why *why);

#endif
