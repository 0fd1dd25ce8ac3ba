/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An export: what the administrator asked for, and what became of it. */
#ifndef TOOLS_SERVE_EXPORT_H
#define TOOLS_SERVE_EXPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/cli/why.h"
#include "tools/serve/commit.h"
#include "tools/serve/limit.h"
#include "tools/serve/protocol.h"
#include "tools/serve/storage.h"

enum {
	EXPORT_MACS_MAX = 128, /* so that the list fits into a frame at the usual MTU */
};

/* SHELF.SLOT=PATH[,option...] as a struct. */
struct export_options {
	struct aoe_address address;
	struct file_storage_options file; /* file.path is owned by this struct */
	bool writeback;                   /* a write is acknowledged before it is stable */
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

struct export
{
	struct export_options options;
	struct file_storage_facts facts;
	struct storage *storage;
	struct protocol_export view; /* points into options */
	struct commit commit;        /* writes that wait to be stable */
	struct health health;        /* of its storage */
	struct limit conflict, late; /* of the messages about them */
};

/*
 * Opens the storage and makes the view. Takes over what options own, in any case. Returns 0, or a
 * negative errno for file_storage_explain. export_close releases all.
 */
int export_open(struct export *export, const struct export_options *options);
void export_close(struct export *export);

#endif
