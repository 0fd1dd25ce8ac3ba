/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ATA over Ethernet on the wire: the one place where a frame is parsed and made.
 *
 * Everything here is pure: bytes in, a struct or -EINVAL out, no system calls. A frame is the whole
 * Ethernet frame from the destination address on, without the checksum. The parsers take bytes from
 * anyone: they read nothing beyond the given length and give out nothing that points beyond it.
 * The makers write into the caller's buffer, say how many bytes they wrote, and need the room that
 * the constants below name. Layouts and numbers are those of the AoE specification, revision 11.
 */
#ifndef TOOLS_AOE_AOE_H
#define TOOLS_AOE_AOE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/aoe/address.h"

enum {
	AOE_ETHERTYPE = 0x88A2,
	AOE_VERSION = 1,
	AOE_SECTOR = 512,       /* bytes; AoE knows no other size */
	AOE_FRAME_MIN = 60,     /* Ethernet's minimum without checksum: shorter frames are padded */
	AOE_ETHERNET_SIZE = 14, /* the part of a frame that an interface's MTU does not count */

	/* Where each part starts. Every command starts after the header. */
	AOE_HEADER_SIZE = 24,
	AOE_ATA_DATA = 36,
	AOE_CONFIG_DATA = 32,
	AOE_MASK_DATA = 28,
	AOE_RESERVE_DATA = 26,

	/* Where each field of the header starts. */
	AOE_AT_DESTINATION = 0,
	AOE_AT_SOURCE = 6,
	AOE_AT_TYPE = 12,
	AOE_AT_VERSION_FLAGS = 14, /* the version in the upper four bits */
	AOE_AT_ERROR = 15,
	AOE_AT_SHELF = 16,
	AOE_AT_SLOT = 18,
	AOE_AT_COMMAND = 19,
	AOE_AT_TAG = 20,

	AOE_CONFIG_MAX = 1024, /* bytes of a configuration string */
	AOE_LIST_MAX = 255,    /* entries of a mask or reserve list: the count is one byte */
};

/* The header's flags. */
enum { AOE_RESPONSE = 0x08, AOE_ERROR = 0x04 };

enum aoe_command { AOE_ATA = 0, AOE_CONFIG = 1, AOE_MASK = 2, AOE_RESERVE = 3 };

/* What the header's error field says when AOE_ERROR is set. */
enum aoe_error {
	AOE_BAD_COMMAND = 1,
	AOE_BAD_ARGUMENT = 2,
	AOE_UNAVAILABLE = 3,
	AOE_CONFIG_PRESENT = 4,
	AOE_BAD_VERSION = 5,
	AOE_RESERVED = 6,
};

struct aoe_header {
	struct mac destination, source;
	uint8_t version; /* parsed as it came: the caller decides about others than AOE_VERSION */
	uint8_t flags;
	uint8_t error;
	struct aoe_address address;
	uint8_t command;
	uint32_t tag; /* the initiator's; a reply carries it back */
};

/* -EINVAL: shorter than a header, or another Ethernet type. */
int aoe_header_parse(const void *frame, size_t length, struct aoe_header *header);

/* Writes AOE_HEADER_SIZE bytes; the Ethernet type is always AoE's. */
void aoe_header_make(void *frame, const struct aoe_header *header);

/*
 * Zeroes what an Ethernet frame of length bytes lacks to AOE_FRAME_MIN, for which there must be
 * room, so that nothing of an earlier frame leaks. Returns the length to send.
 */
size_t aoe_pad(void *frame, size_t length);

/* ---- command 0: ATA ------------------------------------------------------------------------- */

/* aoe_ata.flags */
enum { AOE_ATA_LBA48 = 0x40, AOE_ATA_DEVICE = 0x10, AOE_ATA_ASYNC = 0x02, AOE_ATA_WRITE = 0x01 };

/* aoe_ata.command of a request: the ATA commands that are spoken here. */
enum ata_command {
	ATA_READ = 0x20,
	ATA_READ_EXT = 0x24,
	ATA_WRITE = 0x30,
	ATA_WRITE_EXT = 0x34,
	ATA_CHECK_POWER = 0xE5,
	ATA_FLUSH = 0xE7,
	ATA_FLUSH_EXT = 0xEA,
	ATA_IDENTIFY = 0xEC,
};

/* aoe_ata.command of a reply is the status register, aoe_ata.feature the error register. */
enum { ATA_STATUS_READY = 0x40, ATA_STATUS_ERROR = 0x01 };
enum { ATA_ERROR_ABORTED = 0x04, ATA_ERROR_ID_NOT_FOUND = 0x10 };

struct aoe_ata {
	uint8_t flags;
	uint8_t feature; /* or the error register, in a reply */
	uint8_t count;   /* sectors */
	uint8_t command; /* or the status register, in a reply */
	uint64_t lba;    /* the six LBA bytes as one number, 0..2^48-1 */
};

/* -EINVAL: too short for the registers. The data are what follows AOE_ATA_DATA in the frame. */
int aoe_ata_parse(const void *frame, size_t length, struct aoe_ata *ata);

/* Writes the registers behind the header; returns AOE_ATA_DATA. Data are the caller's to add. */
size_t aoe_ata_make(void *frame, const struct aoe_ata *ata);

/*
 * The sector that a read or write of this kind starts at. The commands without EXT carry 28 bits,
 * whose upper four share their byte with the device register.
 */
uint64_t aoe_ata_start(const struct aoe_ata *ata);

/* ---- command 1: query config ------------------------------------------------------------------
 */

enum aoe_config_command {
	AOE_CONFIG_READ = 0,
	AOE_CONFIG_TEST = 1,   /* answered only if the string is exactly this one */
	AOE_CONFIG_PREFIX = 2, /* answered only if the string begins with this one */
	AOE_CONFIG_SET = 3,    /* if there is none yet */
	AOE_CONFIG_FORCE = 4,
};

struct aoe_config {
	uint16_t buffers; /* requests that the target can hold for an initiator */
	uint16_t firmware;
	uint8_t sectors;       /* most sectors in one frame; 0 in a query, and then taken as 2 */
	uint8_t version;       /* of the protocol; AOE_VERSION */
	uint8_t command;       /* enum aoe_config_command */
	const uint8_t *string; /* not terminated; points into the frame after parsing */
	size_t string_length;  /* 0..AOE_CONFIG_MAX */
};

/* -EINVAL: too short, or a string longer than AOE_CONFIG_MAX or than the frame. */
int aoe_config_parse(const void *frame, size_t length, struct aoe_config *config);

/* Returns AOE_CONFIG_DATA + string_length, the bytes of the frame so far. */
size_t aoe_config_make(void *frame, const struct aoe_config *config);

/*
 * Writes the question who answers for that address, which goes to all hosts: AOE_SHELF_ALL and
 * AOE_SLOT_ALL ask every export. Returns AOE_FRAME_MIN, the bytes of the frame.
 */
size_t aoe_query_make(void *frame, struct mac source, struct aoe_address address, uint32_t tag);

/* ---- command 2: MAC mask list -------------------------------------------------------------------
 */

enum aoe_mask_command { AOE_MASK_READ = 0, AOE_MASK_EDIT = 1 };
enum aoe_mask_error { AOE_MASK_UNSPECIFIED = 1, AOE_MASK_BAD_DIRECTIVE = 2, AOE_MASK_FULL = 3 };
enum aoe_mask_directive { AOE_MASK_NOTHING = 0, AOE_MASK_ADD = 1, AOE_MASK_DELETE = 2 };

struct aoe_mask {
	uint8_t command; /* enum aoe_mask_command */
	uint8_t error;   /* enum aoe_mask_error, or 0 */
	uint8_t count;   /* directives that follow, 8 bytes each */
};

/* -EINVAL: too short, or fewer directives than it says. */
int aoe_mask_parse(const void *frame, size_t length, struct aoe_mask *mask);

/* Directive number index, below mask.count of a mask that aoe_mask_parse accepted. */
void aoe_mask_directive(const void *frame, uint8_t index, uint8_t *directive, struct mac *mac);

/* Writes the list as it is told in a reply to a read: count directives of AOE_MASK_NOTHING. */
size_t aoe_mask_make(void *frame, const struct aoe_mask *mask, const struct mac *macs);

/* ---- command 3: reserve/release
 * ------------------------------------------------------------------ */

enum aoe_reserve_command { AOE_RESERVE_READ = 0, AOE_RESERVE_SET = 1, AOE_RESERVE_FORCE = 2 };

struct aoe_reserve {
	uint8_t command; /* enum aoe_reserve_command */
	uint8_t count;   /* addresses that follow, 6 bytes each; setting none releases */
};

/* -EINVAL: too short, or fewer addresses than it says. */
int aoe_reserve_parse(const void *frame, size_t length, struct aoe_reserve *reserve);

/* Address number index, below reserve.count of what aoe_reserve_parse accepted. */
struct mac aoe_reserve_mac(const void *frame, uint8_t index);

/* Returns the bytes of the frame so far. */
size_t aoe_reserve_make(void *frame, const struct aoe_reserve *reserve, const struct mac *macs);

#endif
