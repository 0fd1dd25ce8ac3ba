/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/bench/stamp.h"

#include <endian.h>
#include <string.h>

#include "tools/bench/pattern.h"

/* A sector as 64-bit little-endian words: five that say what it is, filling, the checksum. */
enum { MAGIC, RUN, LBA, ADDRESS, GENERATION, FILLING, CHECKSUM = 63, WORDS = 64 };

static const uint64_t magic = 0x31484342544f5245; /* "EROTBCH1" as bytes */

static uint64_t checksum(const uint64_t *words)
{
	uint64_t sum = 0;

	/* Each step is a bijection of the sum, so that any single word that differs is seen. */
	for (int i = 0; i < CHECKSUM; i++) {
		sum = (sum ^ words[i]) * 0x9fb21c651e98df25;
		sum ^= sum >> 29;
	}
	return htole64(sum);
}

void stamp_write(const struct stamp *stamp, uint8_t sector[AOE_SECTOR])
{
	uint64_t words[WORDS];
	uint64_t random = stamp->run ^ stamp->lba << 20 ^ stamp->generation;

	words[MAGIC] = htole64(magic);
	words[RUN] = htole64(stamp->run);
	words[LBA] = htole64(stamp->lba);
	words[ADDRESS] = htole64((uint64_t)stamp->address.shelf << 8 | stamp->address.slot);
	words[GENERATION] = htole64(stamp->generation);
	for (int i = FILLING; i < CHECKSUM; i++)
		words[i] = pattern_random(&random);
	words[CHECKSUM] = checksum(words);
	memcpy(sector, words, sizeof(words));
}

enum stamp_state stamp_read(const uint8_t sector[AOE_SECTOR], struct stamp *stamp)
{
	uint64_t words[WORDS];

	memcpy(words, sector, sizeof(words));
	if (le64toh(words[MAGIC]) != magic)
		return STAMP_NONE;
	*stamp = (struct stamp){
	        .run = le64toh(words[RUN]),
	        .lba = le64toh(words[LBA]),
	        .address = {(uint16_t)(le64toh(words[ADDRESS]) >> 8),
	                    (uint8_t)le64toh(words[ADDRESS])},
	        .generation = (uint32_t)le64toh(words[GENERATION]),
	};
	return words[CHECKSUM] == checksum(words) ? STAMP_GOOD : STAMP_DAMAGED;
}
