/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A number that stands for a text or for bytes: the same on every machine, and no secret. */
#ifndef TOOLS_BASE_HASH_H
#define TOOLS_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* FNV-1a, 64 bits (draft-eastlake-fnv: the offset basis and the prime). */
static inline uint64_t hash_bytes(const void *bytes, size_t n)
{
	const uint8_t *at = bytes;
	uint64_t hash = 0xcbf29ce484222325;

	for (; n; n--, at++)
		hash = (hash ^ *at) * 0x100000001b3;
	return hash;
}

static inline uint64_t hash_text(const char *text)
{
	size_t n = 0;

	while (text[n])
		n++;
	return hash_bytes(text, n);
}

#endif
