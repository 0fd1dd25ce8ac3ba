/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The journal of a disk that boot and publish are given: whatever stands in it, the log is read
 * once around at most, and what it is said to have lies in it and belongs to a block that exists.
 * The input is a piece of each block of the log; blocks get their mark and their transaction, so
 * that those need not be guessed each time.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tools/disk/journal.h"

enum { SIZE = 1024, BLOCKS = 12, PLACE = 100, DISK = 500, PIECE = 96 };

struct log {
	uint8_t blocks[BLOCKS][SIZE];
	unsigned reads;
};

static int read_block(void *context, uint32_t block, uint8_t *data, uint64_t *place)
{
	struct log *log = context;

	ALWAYS(block < BLOCKS);
	ALWAYS(++log->reads <= BLOCKS);
	memcpy(data, log->blocks[block], SIZE);
	*place = PLACE + block;
	return 0;
}

static void fill(uint8_t block[SIZE], bool is_super, struct input *input)
{
	size_t length;
	uint8_t kind = take_byte(input), *piece = take_bytes(input, PIECE, &length);

	memcpy(block + 12, piece, length);
	free(piece);
	if (kind == 0xff)
		return;
	memcpy(block, journal_magic, sizeof(journal_magic));
	block[7] = is_super ? 4 : kind & 7;
	block[11] = kind >> 4 & 3; /* the transaction */
	if (!is_super || kind & 8)
		return;
	/* A superblock that is one. */
	memcpy(block + 12, (const uint8_t[]){0, 0, SIZE >> 8, 0, 0, 0, 0, BLOCKS, 0, 0, 0, 1}, 12);
	memset(block + 24, 0, 24);
	block[31] = (uint8_t)(1 + kind % (BLOCKS - 1));
	block[43] = kind >> 4 & 3; /* revocations, numbers of 64 bits */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	struct log *log = need(sizeof(*log));
	const struct journal journal = {.read = read_block,
	                                .context = log,
	                                .block_size = SIZE,
	                                .blocks = BLOCKS,
	                                .disk_blocks = DISK};
	struct blocktable where = {0};
	const struct blocktable_slot *slot;
	struct why why = {""};
	size_t at = 0;
	int rc;

	memset(log, 0, sizeof(*log));
	for (size_t i = 0; i < BLOCKS; i++)
		fill(log->blocks[i], !i, &input);
	rc = journal_scan(&journal, &where, &why);
	ALWAYS(!rc == !*why.text);
	while (!rc && (slot = blocktable_next(&where, &at))) {
		ALWAYS(slot->key - 1 < DISK);
		ALWAYS(slot->value == JOURNAL_REVOKED ||
		       (JOURNAL_PLACE(slot->value) > PLACE &&
		        JOURNAL_PLACE(slot->value) < PLACE + BLOCKS));
	}
	blocktable_free(&where);
	free(log);
	return 0;
}
