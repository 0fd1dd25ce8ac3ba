/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two kinds of address on an AoE LAN, as text: a target's shelf.slot and a host's MAC. Pure;
 * the init is built with it as well.
 */
#ifndef TOOLS_AOE_ADDRESS_H
#define TOOLS_AOE_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	AOE_SHELF_MAX = 65534,  /* the highest shelf a target may have; 65535 means every shelf */
	AOE_SLOT_MAX = 254,     /* the highest slot; 255 means every slot */
	AOE_SHELF_ALL = 0xFFFF, /* broadcast */
	AOE_SLOT_ALL = 0xFF,    /* broadcast */
	AOE_ADDRESS_TEXT = 11,  /* bytes that aoe_address_format needs: "e65534.254" */
	MAC_TEXT = 18,          /* bytes that mac_format needs */
};

/* Where a target is found: "e3.1" is shelf 3, slot 1. */
struct aoe_address {
	uint16_t shelf;
	uint8_t slot;
};

/* What an address is written of, in this order. */
enum aoe_address_part { AOE_SHELF, AOE_POINT, AOE_SLOT };

/*
 * Reads SHELF.SLOT, decimal, from *at on and moves *at behind it. Returns 0, or -EINVAL or -ERANGE
 * with *at on what is wrong and *part what should stand there.
 */
int aoe_address_read(const char **at, struct aoe_address *address, enum aoe_address_part *part);

/*
 * Reads SHELF.SLOT, decimal, with or without the 'e' that Linux puts before it, from the start of
 * text. *end, if end is given, is set to the first byte after it; without end the text must stop
 * there. Returns 0, -EINVAL (no address) or -ERANGE (shelf above 65534 or slot above 254).
 */
int aoe_address_parse(const char *text, const char **end, struct aoe_address *address);

/* Writes "eSHELF.SLOT" into text, which has room for AOE_ADDRESS_TEXT bytes, and returns text. */
char *aoe_address_format(struct aoe_address address, char *text);

/* By shelf, then slot: less than, equal to or greater than 0, as qsort wants it. */
int aoe_address_compare(struct aoe_address a, struct aoe_address b);

/* A host's Ethernet address. */
struct mac {
	uint8_t octet[6];
};

extern const struct mac mac_broadcast; /* ff:ff:ff:ff:ff:ff */

/*
 * Reads twelve hexadecimal digits, in pairs with ':' or '-' between all of them or without any
 * separator, from the start of text; end works as in aoe_address_parse. Returns 0 or -EINVAL.
 */
int mac_parse(const char *text, const char **end, struct mac *mac);

/* Writes "aa:bb:cc:dd:ee:ff" into text, which has room for MAC_TEXT bytes, and returns text. */
char *mac_format(struct mac mac, char *text);

bool mac_equal(struct mac a, struct mac b);

/* True for broadcast and multicast addresses: no host sends from one. */
bool mac_is_group(struct mac mac);

/* True for one that no manufacturer gave away: the second lowest bit of its first byte is set. */
bool mac_is_local(struct mac mac);

#endif
