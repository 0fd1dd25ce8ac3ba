/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interfaces that are made on top of others: VLANs and bonds, as vlan= and bond= name them in
 * dracut's way (dracut.cmdline(7)). Pure.
 */
#ifndef INIT_UPPER_H
#define INIT_UPPER_H

#include <stdbool.h>

#include "init/address.h"

/* Limits of one boot; NIC_NAME is the kernel's IFNAMSIZ. */
enum { UPPER_MOST = 4, UPPER_LOWERS = 8, NIC_NAME = 16 };

/* One interface that it stands on, by its name or its address. */
struct lower {
	char name[NIC_NAME]; /* "": by mac */
	struct mac mac;
};

struct upper {
	char name[NIC_NAME];
	unsigned vlan; /* its ID, 1 to 4094; 0: it is a bond */
	struct lower lower[UPPER_LOWERS];
	unsigned lower_count;
	const char
	        *options; /* of a bond: "mode=active-backup,miimon=100", within the value; or "" */
};

/*
 * Parse the value of vlan= (NAME:PHYS, where the ID is in the name: vlan5, vlan0005, eth0.5) or of
 * bond= (NAME:SLAVE[,SLAVE...][:OPTION[,OPTION...]]). Return 0 or -EINVAL with *error filled.
 */
int upper_parse_vlan(const char *value, struct upper *upper, struct parse_error *error);
int upper_parse_bond(const char *value, struct upper *upper, struct parse_error *error);

/* Whether it stands on the interface that has this name, or address unless mac is NULL. */
bool upper_stands_on(const struct upper *upper, const char *name, const struct mac *mac);

#endif
