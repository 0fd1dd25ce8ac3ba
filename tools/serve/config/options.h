/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One export as the administrator asked for it. Pure. */
#ifndef TOOLS_SERVE_CONFIG_OPTIONS_H
#define TOOLS_SERVE_CONFIG_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/aoe/aoe.h"
#include "tools/cli/why.h"
#include "tools/cli/words.h"
#include "tools/serve/store/fault.h"
#include "tools/serve/store/store.h"

enum {
	EXPORT_MACS_MAX = 128, /* so that the list fits into a frame at the usual MTU */
	SNAPSHOT_LAYERS = 64,  /* if nobody says how many; each has a descriptor */
	SNAPSHOT_LAYERS_MAX = 4096,
	SNAPSHOT_SECTORS = 2 << 20, /* of each layer, if nobody says how many: 1 GiB */
	SNAPSHOT_SECTORS_MIN = 8,   /* a block of one */
	/* Linux's initiator, idle, asks every 60 s who is there: three times. */
	WRITER_SECONDS = 180,
	WRITER_SECONDS_MAX = 7 * 24 * 3600,
};

/* Each initiator's writes go to a layer of its own, and the file is only read. */
struct snapshot_options {
	bool on;
	char *folder;        /* where layers are kept, owned by this struct; NULL: they are not */
	uint64_t sectors;    /* that a layer may hold */
	unsigned int layers; /* that there may be */
};

/* SHELF.SLOT=PATH[,option...] as a struct. */
struct export_options {
	struct place place;
	struct aoe_address address;
	struct file_store_options file; /* file.path is owned by this struct */
	bool writeback;                 /* a write is acknowledged before it is stable */
	bool duplicate;                 /* also where another target answers for the address */
	/* One initiator writes at a time, until it was silent for so many seconds; 0: all may. */
	unsigned int writer;
	struct snapshot_options snapshot;
	struct mac macs[EXPORT_MACS_MAX];
	size_t mac_count; /* 0: every initiator may use it */
	struct mac vmac;  /* the address that it answers from, if has_vmac; else the LAN's */
	bool has_vmac;
	uint8_t config[AOE_CONFIG_MAX];
	size_t config_length;
	struct fault_rules faults; /* that are rehearsed on it */
};

/* What holds if no option says anything else. */
struct export_options export_options_default(void);

/*
 * Reads one export from text; ",," stands for a comma that is part of a path or a value. Pure.
 * Returns 0, and *options is to be released with export_options_release, or -EINVAL or -ENOMEM, and
 * why says which part is wrong and what it could be.
 */
int export_parse(const char *text, struct export_options *options, struct why *why);
void export_options_release(struct export_options *options);

/* Sets one option, as "ro" or "mac=02:00:00:00:00:01". Returns 0 or -EINVAL with why. */
int export_set_option(struct export_options *options, const char *text, struct why *why);

/* A copy that owns its own. Returns 0 or -ENOMEM. */
int export_options_copy(struct export_options *copy, const struct export_options *options);

/*
 * Adds a comma- or plus-separated list of MAC addresses, as vblade's -m has it, to options. Returns
 * 0 or -EINVAL, and why says which one.
 */
int export_add_macs(struct export_options *options, const char *list, struct why *why);

/*
 * Reads a number of sectors of 512 bytes, at least low, or a size in bytes with one of the units K,
 * M, G, T (powers of 1024), in either case. Returns 0 or -EINVAL with why.
 */
int sectors_parse(const char *text, uint64_t low, uint64_t *sectors, struct why *why);

#endif
