/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known of each block of one target: which of its generations was sent, and which was
 * acknowledged. From that follows what a block that is read may hold: the acknowledged generation
 * or a later one that was sent, never an older one. Pure.
 */
#ifndef TOOLS_BENCH_LEDGER_H
#define TOOLS_BENCH_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/aoe/aoe.h"

struct ledger_entry {
	uint32_t acknowledged; /* the latest generation that was; 0: none */
	uint32_t sent : 31;    /* the latest that was sent; 0: this run never wrote the block */
	uint32_t busy : 1;     /* a write of it is under way */
};

/* All zero is one that keeps nothing. */
struct ledger {
	uint64_t run;
	struct aoe_address address;
	uint64_t blocks;
	unsigned int block_sectors; /* at least 1 */
	struct ledger_entry *entries;
};

enum ledger_verdict {
	LEDGER_GOOD,
	LEDGER_UNKNOWN,   /* nothing is known of what it should hold, and it does not tell itself */
	LEDGER_LOST,      /* holds something older than what was acknowledged */
	LEDGER_DAMAGED,   /* the checksum does not fit */
	LEDGER_MISPLACED, /* holds what was written to another sector or target */
	LEDGER_UNSENT,    /* holds a generation that was never sent */
};

/* Makes room for the blocks, of which nothing is known yet. Returns 0 or -ENOMEM. */
int ledger_init(struct ledger *ledger, uint64_t run, struct aoe_address address, uint64_t blocks,
                unsigned int block_sectors);
void ledger_release(struct ledger *ledger);

/* True while a write of the block is under way: two at a time could take effect in any order. */
bool ledger_busy(const struct ledger *ledger, uint64_t block);

/* A write of the block begins, which is not busy: returns the generation to write. */
uint32_t ledger_begin(struct ledger *ledger, uint64_t block);

/* It ended; `acknowledged`: with success. */
void ledger_end(struct ledger *ledger, uint64_t block, bool acknowledged);

/*
 * Judges what sector lba of this target was read as. floor is the block's acknowledged generation
 * when the read was sent: later acknowledgements are of writes that the read may have overtaken.
 * *found is the generation that it holds, 0 if none.
 */
enum ledger_verdict ledger_judge(const struct ledger *ledger, uint64_t lba, uint32_t floor,
                                 const uint8_t sector[AOE_SECTOR], uint32_t *found);

/* The number of blocks with an acknowledged write. */
uint64_t ledger_acknowledged(const struct ledger *ledger);

#endif
