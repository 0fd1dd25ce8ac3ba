/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/bench/ledger.h"

#include <errno.h>
#include <stdlib.h>

#include "tools/bench/stamp.h"

int ledger_init(struct ledger *ledger, uint64_t run, struct aoe_address address, uint64_t blocks,
                unsigned int block_sectors)
{
	*ledger = (struct ledger){run, address, blocks, block_sectors, NULL};
	if (blocks > SIZE_MAX / sizeof(*ledger->entries))
		return -ENOMEM;
	ledger->entries = calloc(blocks, sizeof(*ledger->entries));
	return ledger->entries ? 0 : -ENOMEM;
}

void ledger_release(struct ledger *ledger)
{
	free(ledger->entries);
	ledger->entries = NULL;
}

bool ledger_busy(const struct ledger *ledger, uint64_t block)
{
	return ledger->entries[block].busy;
}

uint32_t ledger_begin(struct ledger *ledger, uint64_t block)
{
	struct ledger_entry *entry = &ledger->entries[block];

	entry->busy = 1;
	return ++entry->sent;
}

void ledger_end(struct ledger *ledger, uint64_t block, bool acknowledged)
{
	struct ledger_entry *entry = &ledger->entries[block];

	entry->busy = 0;
	if (acknowledged)
		entry->acknowledged = entry->sent;
}

enum ledger_verdict ledger_judge(const struct ledger *ledger, uint64_t lba, uint32_t floor,
                                 const uint8_t sector[AOE_SECTOR], uint32_t *found)
{
	const struct ledger_entry *entry = &ledger->entries[lba / ledger->block_sectors];
	struct stamp stamp;
	enum stamp_state state = stamp_read(sector, &stamp);

	*found = 0;
	if (state == STAMP_NONE)
		return floor ? LEDGER_LOST : LEDGER_UNKNOWN;
	if (state == STAMP_DAMAGED)
		return LEDGER_DAMAGED;
	if (stamp.lba != lba)
		return LEDGER_MISPLACED;
	/* What an earlier run has left is older than all that this one wrote. An image that was
	 * copied since carries another target's address. */
	if (stamp.run != ledger->run)
		return floor ? LEDGER_LOST : LEDGER_GOOD;
	if (aoe_address_compare(stamp.address, ledger->address))
		return LEDGER_MISPLACED;
	*found = stamp.generation;
	if (stamp.generation > entry->sent)
		return LEDGER_UNSENT;
	return stamp.generation < floor ? LEDGER_LOST : LEDGER_GOOD;
}

uint64_t ledger_acknowledged(const struct ledger *ledger)
{
	uint64_t count = 0;

	for (uint64_t i = 0; i < ledger->blocks; i++)
		count += ledger->entries[i].acknowledged > 0;
	return count;
}
