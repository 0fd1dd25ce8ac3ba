/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The log of an ext4: what was committed counts, and the newest of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <ext2fs/ext2fs.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tools/disk/journal.h"

enum { SIZE = 1024, BLOCKS = 64, PLACE = 1000, DISK = 100000 };
enum { DESCRIPTOR = 1, COMMIT = 2, REVOKE = 5 };
enum { ESCAPED = 1, SAME_UUID = 2, LAST = 8 };
enum { REVOKES = 0x1, WIDE = 0x2, CSUM_2 = 0x8, CSUM_3 = 0x10, FAST_COMMITS = 0x20 };

/* A log that is written block by block. */
struct log {
	uint8_t blocks[BLOCKS][SIZE];
	uint32_t next, sequence, features, seed;
	bool unreadable;
};

static void put32(uint8_t *at, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> (24 - 8 * i));
}

static bool has_sums(const struct log *log)
{
	return log->features & (CSUM_2 | CSUM_3);
}

static void sum(const struct log *log, uint8_t *block, size_t size, size_t place, uint32_t seed)
{
	if (!has_sums(log))
		return;
	put32(block + place, 0);
	put32(block + place, ext2fs_crc32c_le(seed, block, size));
}

static void begin(struct log *log, uint32_t features, uint32_t start, uint32_t sequence)
{
	uint8_t *super = log->blocks[0];

	memset(log, 0, sizeof(*log));
	log->features = features;
	log->next = start;
	log->sequence = sequence;
	memcpy(super, journal_magic, sizeof(journal_magic));
	put32(super + 4, 4); /* a superblock of version 2 */
	put32(super + 12, SIZE);
	put32(super + 16, BLOCKS);
	put32(super + 20, 1);
	put32(super + 24, sequence);
	put32(super + 28, start);
	put32(super + 40, features);
	memset(super + 48, 0x5a, 16);
	log->seed = ext2fs_crc32c_le(~0u, super + 48, 16);
	sum(log, super, SIZE, 252, ~0u);
}

static uint8_t *append(struct log *log)
{
	uint8_t *block = log->blocks[log->next];

	memset(block, 0, SIZE);
	if (++log->next == BLOCKS)
		log->next = 1;
	return block;
}

static uint8_t *append_head(struct log *log, uint32_t type)
{
	uint8_t *block = append(log);

	memcpy(block, journal_magic, sizeof(journal_magic));
	put32(block + 4, type);
	put32(block + 8, log->sequence);
	return block;
}

/* A descriptor for one block, and the block. */
static void append_data(struct log *log, uint64_t block, uint32_t flags)
{
	uint8_t *head = append_head(log, DESCRIPTOR), *data = append(log), sequence[4];
	uint32_t data_sum;

	memset(data, (int)block, SIZE);
	put32(sequence, log->sequence);
	data_sum = ext2fs_crc32c_le(log->seed, sequence, sizeof(sequence));
	data_sum = ext2fs_crc32c_le(data_sum, data, SIZE);
	put32(head + 12, (uint32_t)block);
	if (log->features & CSUM_3) {
		put32(head + 16, flags | LAST);
		put32(head + 20, (uint32_t)(block >> 32));
		put32(head + 24, data_sum);
	} else {
		put32(head + 16, (log->features & CSUM_2 ? data_sum << 16 : 0) | flags | LAST);
		if (log->features & WIDE)
			put32(head + 20, (uint32_t)(block >> 32));
	}
	sum(log, head, SIZE, SIZE - 4, log->seed);
}

static void append_revocation(struct log *log, uint64_t block)
{
	uint8_t *head = append_head(log, REVOKE);

	put32(head + 12, log->features & WIDE ? 24 : 20);
	if (log->features & WIDE)
		put32(head + 16, (uint32_t)(block >> 32));
	put32(head + (log->features & WIDE ? 20 : 16), (uint32_t)block);
	sum(log, head, SIZE, SIZE - 4, log->seed);
}

static void append_commit(struct log *log)
{
	uint8_t *head = append_head(log, COMMIT);

	sum(log, head, SIZE, 16, log->seed);
	log->sequence++;
}

static int read_block(void *context, uint32_t block, uint8_t *data, uint64_t *place)
{
	const struct log *log = context;

	assert_true(block < BLOCKS);
	memcpy(data, log->blocks[block], SIZE);
	*place = PLACE + block;
	return log->unreadable && block ? -EIO : 0;
}

static int scan(struct log *log, struct blocktable *where, struct why *why)
{
	const struct journal journal = {.read = read_block,
	                                .context = log,
	                                .block_size = SIZE,
	                                .blocks = BLOCKS,
	                                .disk_blocks = (uint64_t)DISK << 32};

	*where = (struct blocktable){0};
	return journal_scan(&journal, where, why);
}

/* The log's block that has a block of the file system; 0: none. */
static uint64_t found(struct log *log, uint64_t block)
{
	struct blocktable where;
	const uint64_t *number;
	uint64_t at;
	struct why why;

	if (scan(log, &where, &why))
		fail_msg("%s", why.text);
	number = blocktable_get(&where, block);
	at = number && *number != JOURNAL_REVOKED ? JOURNAL_PLACE(*number) - PLACE : 0;
	blocktable_free(&where);
	return at;
}

static const uint32_t kinds[] = {0,
                                 REVOKES,
                                 REVOKES | WIDE,
                                 REVOKES | CSUM_2,
                                 REVOKES | WIDE | CSUM_2,
                                 REVOKES | CSUM_3,
                                 REVOKES | WIDE | CSUM_3};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static void what_was_committed_counts(void **state)
{
	struct log *log = *state;

	for (unsigned i = 0; i < KINDS; i++) {
		begin(log, kinds[i], 1, 7);
		append_data(log, 42, 0); /* blocks 1 and 2 */
		append_commit(log);
		append_data(log, 43, SAME_UUID); /* 4 and 5 */
		append_data(log, 44, 0);         /* 6 and 7 */
		append_commit(log);
		append_data(log, 42, 0);
		assert_int_equal(found(log, 42), 2);
		assert_int_equal(found(log, 43), 5);
		assert_int_equal(found(log, 44), 7);
		assert_int_equal(found(log, 45), 0);
		append_commit(log);
		assert_int_equal(found(log, 42), 10);
	}
}

static void high_blocks_are_told_apart(void **state)
{
	struct log *log = *state;

	begin(log, WIDE, 1, 7);
	append_data(log, 42 | 1ull << 32, 0);
	append_commit(log);
	assert_int_equal(found(log, 42), 0);
	assert_int_equal(found(log, 42 | 1ull << 32), 2);
	begin(log, WIDE | CSUM_3, 1, 7);
	append_data(log, 42 | 1ull << 32, 0);
	append_commit(log);
	assert_int_equal(found(log, 42 | 1ull << 32), 2);
}

static void what_was_revoked_does_not(void **state)
{
	struct log *log = *state;

	for (unsigned i = 1; i < KINDS; i++) {
		begin(log, kinds[i], 1, 7);
		append_data(log, 42, 0);
		append_commit(log);
		append_revocation(log, 42);
		assert_int_equal(found(log, 42), 2); /* not yet */
		append_commit(log);
		assert_int_equal(found(log, 42), 0);
		append_data(log, 42, 0); /* used again: blocks 6 and 7 */
		append_commit(log);
		assert_int_equal(found(log, 42), 7);
	}
}

/* The ring's first block is 1; and transactions are counted beyond 2^32. */
static void the_log_is_a_ring(void **state)
{
	struct log *log = *state;

	begin(log, CSUM_3, BLOCKS - 2, 0xffffffff);
	append_data(log, 42, 0); /* its last two blocks */
	append_commit(log);
	append_data(log, 43, 0);
	append_commit(log);
	assert_int_equal(found(log, 42), BLOCKS - 1);
	assert_int_equal(found(log, 43), 3);
}

static void what_an_older_round_left_is_not_read(void **state)
{
	struct log *log = *state;

	begin(log, 0, 1, 7);
	log->sequence = 6;
	append_data(log, 42, 0);
	append_commit(log);
	assert_int_equal(found(log, 42), 0);
}

static void a_mark_in_the_data_is_put_back(void **state)
{
	struct log *log = *state;
	struct blocktable where;
	struct why why;

	begin(log, 0, 1, 7);
	append_data(log, 42, ESCAPED);
	append_data(log, 43, 0);
	append_commit(log);
	assert_int_equal(scan(log, &where, &why), 0);
	assert_true(JOURNAL_IS_ESCAPED(*blocktable_get(&where, 42)));
	assert_false(JOURNAL_IS_ESCAPED(*blocktable_get(&where, 43)));
	blocktable_free(&where);
}

static void an_empty_log_has_nothing(void **state)
{
	struct log *log = *state;

	begin(log, CSUM_3, 0, 7);
	assert_int_equal(found(log, 42), 0);
}

static void a_torn_end_is_the_end(void **state)
{
	struct log *log = *state;

	begin(log, CSUM_3, 1, 7);
	append_data(log, 42, 0);
	append_commit(log);
	append_data(log, 42, 0);
	append_commit(log);
	log->blocks[6][500] ^= 1; /* the second commit */
	assert_int_equal(found(log, 42), 2);
	log->blocks[6][500] ^= 1;
	log->blocks[4][500] ^= 1; /* its tags */
	assert_int_equal(found(log, 42), 2);
}

static void assert_refused(struct log *log, int error, const char *text)
{
	struct blocktable where;
	struct why why = {""};

	assert_int_equal(scan(log, &where, &why), error);
	if (!strstr(why.text, text))
		fail_msg("'%s' in: %s", text, why.text);
	blocktable_free(&where);
}

static void damage_is_told(void **state)
{
	struct log *log = *state;

	begin(log, CSUM_3, 1, 7);
	append_data(log, 42, 0);
	append_commit(log);
	log->blocks[2][500] ^= 1; /* what was committed */
	assert_refused(log, -EUCLEAN, "a transaction that was committed is damaged");
	begin(log, 0, 1, 7);
	append_data(log, 42, 0);
	put32(log->blocks[1] + 12, 42);
	log->blocks[0][7] = 9;
	assert_refused(log, -EUCLEAN, "it has no superblock");
	begin(log, CSUM_3, 1, 7);
	log->blocks[0][200] ^= 1;
	assert_refused(log, -EUCLEAN, "its superblock's checksum is wrong");
	begin(log, 0, BLOCKS, 7);
	assert_refused(log, -EUCLEAN, "it begins outside of itself");
	begin(log, 0, 1, 7);
	put32(log->blocks[0] + 16, BLOCKS + 1);
	assert_refused(log, -EUCLEAN, "contradicts itself");
	begin(log, 0, 1, 7);
	log->unreadable = true;
	assert_refused(log, -EIO, "block 1 of its journal: Input/output error");
}

static void what_is_not_known_is_refused(void **state)
{
	struct log *log = *state;

	begin(log, FAST_COMMITS, 1, 7);
	assert_refused(log, -EOPNOTSUPP, "features that are not known here (0x20)");
}

/* Beyond the file system there is no block; without a commit that matters to nobody. */
static void a_block_that_does_not_exist(void **state)
{
	struct log *log = *state;
	struct blocktable where;
	struct why why;

	begin(log, WIDE, 1, 7);
	append_data(log, (uint64_t)DISK << 32, 0);
	assert_int_equal(scan(log, &where, &why), 0);
	assert_int_equal(where.count, 0);
	blocktable_free(&where);
	append_commit(log);
	assert_refused(log, -EUCLEAN, "is damaged");
}

static int set_up(void **state)
{
	*state = malloc(sizeof(struct log));
	return !*state;
}

static int tear_down(void **state)
{
	free(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(what_was_committed_counts),
	        cmocka_unit_test(high_blocks_are_told_apart),
	        cmocka_unit_test(what_was_revoked_does_not),
	        cmocka_unit_test(the_log_is_a_ring),
	        cmocka_unit_test(what_an_older_round_left_is_not_read),
	        cmocka_unit_test(a_mark_in_the_data_is_put_back),
	        cmocka_unit_test(an_empty_log_has_nothing),
	        cmocka_unit_test(a_torn_end_is_the_end),
	        cmocka_unit_test(damage_is_told),
	        cmocka_unit_test(what_is_not_known_is_refused),
	        cmocka_unit_test(a_block_that_does_not_exist),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
