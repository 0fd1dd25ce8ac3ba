/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The log of an ext4 (jbd2: Documentation/filesystems/ext4/journal.rst of the kernel). What was
 * committed to it counts, though it may not yet stand in its place on the disk. Nothing is written:
 * who reads looks for the newest content of a block in the log. What is in the log is hostile.
 */
#ifndef TOOLS_DISK_JOURNAL_H
#define TOOLS_DISK_JOURNAL_H

#include <stdint.h>

#include "tools/cli/why.h"
#include "tools/disk/blocktable.h"

struct journal {
	/*
	 * Reads a block of the log; *place is the block of the disk that it is. Returns 0 or a
	 * negative errno.
	 */
	int (*read)(void *context, uint32_t block, uint8_t *data, uint64_t *place);
	void *context;
	uint32_t block_size;  /* bytes, of the log and of the file system: 1024 to 65536 */
	uint32_t blocks;      /* of the log; read is asked for no other */
	uint64_t disk_blocks; /* of the file system; below 2^62 */
};

/* A number that journal_scan gives a block: the block of the disk where it stands in the log, */
#define JOURNAL_PLACE(number) ((number) >> 1)
/* whether its first four bytes, the log's own mark, are left out there, */
#define JOURNAL_IS_ESCAPED(number) ((number)&1)
/* or that what the log has of it no longer counts. */
#define JOURNAL_REVOKED UINT64_MAX

enum { JOURNAL_MAGIC_BYTES = 4 };
extern const uint8_t journal_magic[JOURNAL_MAGIC_BYTES];

/*
 * Puts a number into `where` for each block of the file system that stands in the log. Returns 0,
 * or a negative errno with *why: -EUCLEAN it is damaged, -EOPNOTSUPP it is of a kind that is not
 * known, or what read returned.
 */
int journal_scan(const struct journal *journal, struct blocktable *where, struct why *why);

#endif
