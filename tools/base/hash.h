/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A number that stands for a text: the same on every machine, and no secret. */
#ifndef TOOLS_BASE_HASH_H
#define TOOLS_BASE_HASH_H

#include <stdint.h>

/* FNV-1a, 64 bits (draft-eastlake-fnv: the offset basis and the prime). */
static inline uint64_t hash_text(const char *text)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (; *text; text++)
		hash = (hash ^ (uint8_t)*text) * 0x100000001b3;
	return hash;
}

#endif
