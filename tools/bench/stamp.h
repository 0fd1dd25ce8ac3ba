/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Contents that prove themselves: each sector carries which run wrote it, where, as which
 * generation, and a checksum over all of it. A stamp is a sector's, not a block's, since a power
 * cut may leave a block half written, but a sector whole. Pure.
 */
#ifndef TOOLS_BENCH_STAMP_H
#define TOOLS_BENCH_STAMP_H

#include <stdint.h>

#include "tools/aoe/aoe.h"

struct stamp {
	uint64_t run; /* the run's own number: stamps of an earlier run are told apart */
	uint64_t lba; /* the sector */
	struct aoe_address address;
	uint32_t generation; /* of the block: 1 for the first time that the run wrote it */
};

enum stamp_state {
	STAMP_GOOD,
	STAMP_NONE,    /* nothing that was written here */
	STAMP_DAMAGED, /* it was, but the checksum does not fit */
};

/* Fills a sector; every byte of it depends on the stamp. */
void stamp_write(const struct stamp *stamp, uint8_t sector[AOE_SECTOR]);

/* Reads a sector, any bytes. Fills *stamp unless it is STAMP_NONE. */
enum stamp_state stamp_read(const uint8_t sector[AOE_SECTOR], struct stamp *stamp);

#endif
