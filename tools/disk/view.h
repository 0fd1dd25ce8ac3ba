/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An ext4 as libext2fs is to see it, though a machine may be writing to it at this moment: what was
 * committed to its journal counts, and whoever has read can ask whether all that he saw was true at
 * one moment. Nothing is written.
 *
 * How: what stands in each block is remembered as a number when it is read, and looked at again
 * afterwards, with a journal that did not change while it was read. A block that was the same
 * before and after that moment was so at it: what was read is what a power cut would have left
 * then, and what the machine's own kernel would find. (A block that has changed and changed back in
 * between is not told from one that has not: those that count carry times, generations or
 * checksums.)
 */
#ifndef TOOLS_DISK_VIEW_H
#define TOOLS_DISK_VIEW_H

#include <ext2fs/ext2fs.h>
#include <stdbool.h>
#include <stdint.h>

#include "tools/cli/why.h"
#include "tools/disk/blocktable.h"

/* Made by view_open; not to be moved. */
struct view {
	ext2_filsys fs;
	struct struct_io_manager manager;
	int fd;
	uint64_t offset;       /* of the file system, bytes */
	uint32_t block_size;   /* bytes; 0: not known yet */
	uint8_t *block;        /* one, as it was read */
	struct blocktable log; /* what of the file system stands in its journal: see journal.h */
	struct blocktable journal; /* a hash of each block of the disk that was read for that */
	struct blocktable seen;    /* a hash of each block of the file system that was read */
	bool watching;             /* those are remembered */
	bool changed;              /* while it was read, already */
};

/*
 * Opens the file system that begins at a byte of fd, which may be closed afterwards. Returns 0 or a
 * negative errno with *why: -EAGAIN it was written to meanwhile, -EUCLEAN damage, -EBUSY or
 * -EOPNOTSUPP it cannot be read so that it is consistent. view_close is due in any case.
 */
int view_open(struct view *view, int fd, uint64_t offset, struct why *why);

/*
 * Whether all that was read so far was true at one moment: 0, -EAGAIN when it was not, or another
 * negative errno with *why.
 */
int view_settled(struct view *view, struct why *why);

void view_close(struct view *view);

/* A negative errno for what libext2fs returned: its own numbers are damage, -EUCLEAN. */
int view_errno(errcode_t code);

#endif
