/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page with which a disk introduces itself: ATA's IDENTIFY DEVICE. Pure. */
#ifndef TOOLS_AOE_IDENTIFY_H
#define TOOLS_AOE_IDENTIFY_H

#include <stdbool.h>
#include <stdint.h>

enum { IDENTIFY_SIZE = 512, IDENTIFY_SERIAL = 20, IDENTIFY_FIRMWARE = 8, IDENTIFY_MODEL = 40 };

/* What a page says; texts are cut to the sizes above. */
struct identify {
	uint64_t sectors; /* of 512 bytes; at most 2^48 - 1 */
	bool write_cache; /* a write is stable only after a FLUSH */
	char serial[IDENTIFY_SERIAL + 1];
	char firmware[IDENTIFY_FIRMWARE + 1];
	char model[IDENTIFY_MODEL + 1];
};

void identify_make(const struct identify *identify, uint8_t page[IDENTIFY_SIZE]);

/*
 * Reads a page that someone else made. Any bytes are taken: the texts may contain every character
 * but NUL, without the blanks around them.
 */
void identify_parse(const uint8_t page[IDENTIFY_SIZE], struct identify *identify);

#endif
