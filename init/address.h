/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What can stand behind root=, and how the kernel names AoE disks. */
#ifndef INIT_ADDRESS_H
#define INIT_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/aoe/address.h"

enum { PARTITION_MOST = 255 };

enum root_kind {
	ROOT_ABFT,      /* abft, or no root= at all: whatever the firmware says */
	ROOT_AOE,       /* aoe:e0.0p1 or /dev/etherd/e0.0p1 */
	ROOT_UUID,      /* UUID=... or /dev/disk/by-uuid/... */
	ROOT_LABEL,     /* LABEL=... or /dev/disk/by-label/... */
	ROOT_PARTUUID,  /* PARTUUID=... or /dev/disk/by-partuuid/... */
	ROOT_PARTLABEL, /* PARTLABEL=... or /dev/disk/by-partlabel/... */
	ROOT_DEVICE,    /* any other below /dev: what rd.hook= makes */
};

struct root_address {
	enum root_kind kind;
	const char *text;  /* as the user wrote it */
	const char *value; /* the UUID or label to look for, within text */
	int beyond;        /* PARTUUID=.../PARTNROFF=: the root is so many partitions behind it */
	struct aoe_address address; /* for ROOT_AOE */
	unsigned partition;         /* for ROOT_AOE: 1..PARTITION_MOST, or 0 for the whole disk */
	bool any_partition;         /* for ROOT_AOE: the root is somewhere on the disk */
};

/* What can stand there without rd.hook=. */
extern const char root_expected[];

/* Why a value could not be parsed. */
struct parse_error {
	size_t position;     /* the offending character, counted from 0, within the value */
	const char *problem; /* what was expected there */
};

/*
 * Parses the value of root=. `text` must live as long as the result. Returns 0 or -EINVAL with
 * *error filled.
 */
int root_parse(const char *text, struct root_address *root, struct parse_error *error);

/* Whether it is looked for, by a UUID or a label. */
bool root_is_named(const struct root_address *root);

/* Whether finding it takes what a partition table says. */
bool root_needs_table(const struct root_address *root);

/* Whether it is the UUID that a ROOT_UUID or ROOT_PARTUUID names. */
bool root_is_uuid(const struct root_address *root, const char *uuid);

/*
 * Whether a label is the one that a ROOT_LABEL or ROOT_PARTLABEL names: byte by byte, or as udev
 * writes it, where "\x20" is a blank.
 */
bool root_is_label(const struct root_address *root, const char *label);

/* Room for disk_name's result with its '\0': "e65534.254p255". */
enum { DISK_NAME = 16 };

/* The kernel's name of a ROOT_AOE address below /dev/etherd/, with or without its partition. */
char *disk_name(char buffer[DISK_NAME], const struct root_address *root, unsigned partition);

#endif
