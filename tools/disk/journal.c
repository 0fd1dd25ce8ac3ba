/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/disk/journal.h"

#include <errno.h>
#include <ext2fs/ext2fs.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/bytes.h"

const uint8_t journal_magic[JOURNAL_MAGIC_BYTES] = {0xc0, 0x3b, 0x39, 0x98};

/* Types of blocks, and what a log may have (include/linux/jbd2.h of the kernel). */
enum { DESCRIPTOR = 1, COMMIT = 2, SUPERBLOCK_V1 = 3, SUPERBLOCK_V2 = 4, REVOKE = 5 };
enum { HAS_REVOKES = 0x1, HAS_64BIT = 0x2, HAS_ASYNC = 0x4, HAS_CSUM_2 = 0x8, HAS_CSUM_3 = 0x10 };
enum { KNOWN = HAS_REVOKES | HAS_64BIT | HAS_ASYNC | HAS_CSUM_2 | HAS_CSUM_3 };
enum { TAG_ESCAPED = 1, TAG_SAME_UUID = 2, TAG_LAST = 8 };

/* Bytes: of a block's head, of a UUID, of the checksum at a block's end, of the superblock. */
enum { HEAD = 12, UUID = 16, TAIL = 4, SUPERBLOCK = 1024 };

/* Where in a block a checksum stands that covers it. */
enum { SUPERBLOCK_SUM = 252, COMMIT_SUM = 16 };

/* No transaction says more: the largest journal has 2^18 blocks of 4 KiB, a quarter of it for one.
 */
enum { ENTRIES = 1 << 22 };

/* What scan_block returns when the log goes no further. */
enum { END = 1 };

/* What a transaction says of a block; it counts once the transaction is committed. */
struct entry {
	uint64_t block, number; /* as in `where` */
};

struct scan {
	const struct journal *journal;
	struct blocktable *where;
	struct entry *entries; /* of the transaction that is read */
	size_t count, capacity;
	bool damaged; /* it is: only a commit makes that matter */
	uint8_t *block, *data;
	uint32_t first, end; /* the log's ring of blocks */
	uint32_t next, left; /* to be read; how many at most */
	uint32_t sequence;   /* of the transaction */
	uint32_t features, seed;
	struct why *why;
};

static int damaged(struct scan *scan, const char *what)
{
	return why_set(scan->why, -EUCLEAN, "its journal: %s", what);
}

/* ---- checksums ---------------------------------------------------------------------------------
 */

static bool has_sums(const struct scan *scan)
{
	return scan->features & (HAS_CSUM_2 | HAS_CSUM_3);
}

/* Bytes that a checksum at the end of a block of tags or revocations takes from them. */
static uint32_t tail(const struct scan *scan)
{
	return has_sums(scan) ? TAIL : 0;
}

/* Whether the checksum that stands at a place in n bytes is that of them, with zeros there. */
static bool sum_is_right(uint32_t seed, const uint8_t *bytes, size_t n, size_t place)
{
	static const uint8_t zeros[TAIL];
	uint32_t sum = ext2fs_crc32c_le(seed, bytes, place);

	sum = ext2fs_crc32c_le(sum, zeros, sizeof(zeros));
	sum = ext2fs_crc32c_le(sum, bytes + place + TAIL, n - place - TAIL);
	return sum == be32(bytes + place);
}

static bool block_is_right(const struct scan *scan, size_t place)
{
	return !has_sums(scan) ||
	       sum_is_right(scan->seed, scan->block, scan->journal->block_size, place);
}

/* A block of the file system: its tag has the checksum, of old ones the lower half. */
static bool data_is_right(const struct scan *scan, uint32_t wanted)
{
	uint8_t sequence[] = {(uint8_t)(scan->sequence >> 24), (uint8_t)(scan->sequence >> 16),
	                      (uint8_t)(scan->sequence >> 8), (uint8_t)scan->sequence};
	uint32_t sum;

	if (!has_sums(scan))
		return true;
	sum = ext2fs_crc32c_le(scan->seed, sequence, sizeof(sequence));
	sum = ext2fs_crc32c_le(sum, scan->data, scan->journal->block_size);
	return wanted == (scan->features & HAS_CSUM_3 ? sum : sum & 0xffff);
}

/* ---- a transaction
 * ------------------------------------------------------------------------------- */

static int add_entry(struct scan *scan, uint64_t block, uint64_t number)
{
	if (block >= scan->journal->disk_blocks || scan->count == ENTRIES) {
		scan->damaged = true;
		return 0;
	}
	if (scan->count == scan->capacity) {
		size_t capacity = scan->capacity ? scan->capacity * 2 : 64;
		struct entry *grown = reallocarray(scan->entries, capacity, sizeof(*grown));

		if (!grown)
			return why_memory(scan->why);
		scan->entries = grown;
		scan->capacity = capacity;
	}
	scan->entries[scan->count++] = (struct entry){block, number};
	return 0;
}

static int next_block(struct scan *scan, uint8_t *data, uint64_t *place)
{
	int rc;

	if (!scan->left)
		return END;
	scan->left--;
	rc = scan->journal->read(scan->journal->context, scan->next, data, place);
	if (rc)
		return why_set(scan->why, rc, "block %u of its journal: %s", scan->next,
		               strerror(-rc));
	if (++scan->next == scan->end)
		scan->next = scan->first;
	return 0;
}

/* How long a tag is (journal_tag_bytes in fs/jbd2/journal.c). */
static uint32_t tag_size(const struct scan *scan)
{
	if (scan->features & HAS_CSUM_3)
		return 16;
	return (scan->features & HAS_64BIT ? 12 : 8) + (scan->features & HAS_CSUM_2 ? 2 : 0);
}

struct tag {
	uint64_t block;
	uint32_t flags, sum;
};

static struct tag read_tag(const struct scan *scan, const uint8_t *bytes)
{
	struct tag tag = {.block = be32(bytes)};

	if (scan->features & HAS_CSUM_3) {
		tag.flags = be32(bytes + 4);
		tag.sum = be32(bytes + 12);
	} else {
		tag.sum = be16(bytes + 4);
		tag.flags = be16(bytes + 6);
	}
	if (scan->features & HAS_64BIT)
		tag.block |= (uint64_t)be32(bytes + 8) << 32;
	return tag;
}

/* The block that a tag is about follows in the log. */
static int take_data(struct scan *scan, const struct tag *tag)
{
	uint64_t place;
	int rc = next_block(scan, scan->data, &place);

	if (rc)
		return rc;
	if (!data_is_right(scan, tag->sum))
		scan->damaged = true;
	return add_entry(scan, tag->block, place << 1 | !!(tag->flags & TAG_ESCAPED));
}

static int take_descriptor(struct scan *scan)
{
	uint32_t size = tag_size(scan), end = scan->journal->block_size - tail(scan), at = HEAD;
	int rc = 0;

	if (!block_is_right(scan, end))
		return END;
	while (!rc && end - at >= size) {
		struct tag tag = read_tag(scan, scan->block + at);
		uint32_t length = size + (tag.flags & TAG_SAME_UUID ? 0 : UUID);

		rc = take_data(scan, &tag);
		if (tag.flags & TAG_LAST || length > end - at)
			break;
		at += length;
	}
	return rc;
}

static int take_revocations(struct scan *scan)
{
	uint32_t size = scan->features & HAS_64BIT ? 8 : 4, at = HEAD + 4;
	uint32_t end = scan->journal->block_size - tail(scan), used = be32(scan->block + HEAD);
	int rc = 0;

	if (!block_is_right(scan, end))
		return END;
	if (used > end)
		scan->damaged = true;
	else
		end = used;
	for (; !rc && at <= end && end - at >= size; at += size) {
		const uint8_t *bytes = scan->block + at;
		uint64_t block = be32(bytes);

		if (size == 8)
			block = block << 32 | be32(bytes + 4);
		rc = add_entry(scan, block, JOURNAL_REVOKED);
	}
	return rc;
}

/*
 * A revocation holds for its own transaction too, and for all before; what later ones have of the
 * block counts again (fs/jbd2/revoke.c).
 */
static int apply(struct scan *scan, bool revocations)
{
	for (size_t i = 0; i < scan->count; i++) {
		const struct entry *entry = &scan->entries[i];

		if ((entry->number == JOURNAL_REVOKED) != revocations)
			continue;
		if (revocations && !blocktable_get(scan->where, entry->block))
			continue;
		if (blocktable_put(scan->where, entry->block, entry->number))
			return why_memory(scan->why);
	}
	return 0;
}

static int take_commit(struct scan *scan)
{
	int rc;

	if (!block_is_right(scan, COMMIT_SUM))
		return END;
	if (scan->damaged)
		return damaged(scan, "a transaction that was committed is damaged");
	rc = apply(scan, false);
	if (!rc)
		rc = apply(scan, true);
	scan->count = 0;
	scan->sequence++;
	return rc;
}

/* Where the next block is none of the log's next transaction, the log ends. */
static int scan_block(struct scan *scan)
{
	uint64_t place;
	int rc = next_block(scan, scan->block, &place);

	if (rc)
		return rc;
	if (memcmp(scan->block, journal_magic, sizeof(journal_magic)) != 0 ||
	    be32(scan->block + 8) != scan->sequence)
		return END;
	switch (be32(scan->block + 4)) {
	case DESCRIPTOR:
		return take_descriptor(scan);
	case REVOKE:
		return take_revocations(scan);
	case COMMIT:
		return take_commit(scan);
	default:
		return END;
	}
}

/* ---- the whole log
 * ------------------------------------------------------------------------------- */

static int check_features(struct scan *scan)
{
	const uint8_t *super = scan->block;
	uint32_t seed = ~0u;

	if (scan->features & ~(uint32_t)KNOWN)
		return why_set(scan->why, -EOPNOTSUPP,
		               "its journal has features that are not known here (0x%x)",
		               scan->features & ~(uint32_t)KNOWN);
	if (!has_sums(scan))
		return 0;
	scan->seed = ext2fs_crc32c_le(seed, super + 48, UUID);
	return sum_is_right(seed, super, SUPERBLOCK, SUPERBLOCK_SUM)
	               ? 0
	               : damaged(scan, "its superblock's checksum is wrong");
}

/* Returns END when the log is empty. */
static int read_superblock(struct scan *scan)
{
	const uint8_t *super = scan->block;
	uint64_t place;
	uint32_t type;
	int rc;

	scan->left = !!scan->journal->blocks;
	rc = next_block(scan, scan->block, &place);
	if (rc)
		return rc == END ? damaged(scan, "it has no blocks") : rc;
	type = be32(super + 4);
	if (memcmp(super, journal_magic, sizeof(journal_magic)) != 0 ||
	    (type != SUPERBLOCK_V1 && type != SUPERBLOCK_V2))
		return damaged(scan, "it has no superblock");
	scan->features = type == SUPERBLOCK_V2 ? be32(super + 40) : 0;
	rc = check_features(scan);
	if (rc)
		return rc;
	scan->end = be32(super + 16);
	scan->first = be32(super + 20);
	scan->sequence = be32(super + 24);
	scan->next = be32(super + 28);
	if (be32(super + 12) != scan->journal->block_size || scan->end > scan->journal->blocks ||
	    !scan->first || scan->first >= scan->end)
		return damaged(scan, "its superblock contradicts itself");
	if (!scan->next)
		return END;
	if (scan->next < scan->first || scan->next >= scan->end)
		return damaged(scan, "it begins outside of itself");
	scan->left = scan->end - scan->first;
	return 0;
}

int journal_scan(const struct journal *journal, struct blocktable *where, struct why *why)
{
	struct scan scan = {.journal = journal,
	                    .where = where,
	                    .block = malloc(journal->block_size),
	                    .data = malloc(journal->block_size),
	                    .end = journal->blocks,
	                    .why = why};
	int rc = scan.block && scan.data ? read_superblock(&scan) : why_memory(why);

	while (!rc)
		rc = scan_block(&scan);
	free(scan.entries);
	free(scan.data);
	free(scan.block);
	return rc == END ? 0 : rc;
}
