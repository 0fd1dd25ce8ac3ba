/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers as they stand in bytes, wherever those lie: little-endian on disks, big in frames. */
#ifndef TOOLS_BASE_BYTES_H
#define TOOLS_BASE_BYTES_H

#include <stdint.h>

static inline uint16_t le16(const uint8_t *b)
{
	return (uint16_t)(b[0] | b[1] << 8);
}

static inline uint32_t le32(const uint8_t *b)
{
	return le16(b) | (uint32_t)le16(b + 2) << 16;
}

static inline uint64_t le64(const uint8_t *b)
{
	return le32(b) | (uint64_t)le32(b + 4) << 32;
}

static inline uint16_t be16(const uint8_t *b)
{
	return (uint16_t)(b[0] << 8 | b[1]);
}

static inline uint32_t be32(const uint8_t *b)
{
	return (uint32_t)be16(b) << 16 | be16(b + 2);
}

#endif
