/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/disk/view.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/base/hash.h"
#include "tools/disk/journal.h"

/* How often a journal is read until it stands still: it takes milliseconds, and a busy machine
 * commits every few. */
enum { LOG_TRIES = 20 };

int view_errno(errcode_t code)
{
	switch (code) {
	case EXT2_ET_FILE_NOT_FOUND:
	case EXT2_ET_NO_DIRECTORY:
		return -ENOENT;
	case EXT2_ET_SYMLINK_LOOP:
		return -ELOOP;
	case EXT2_ET_NO_MEMORY:
		return -ENOMEM;
	default:
		/* Below the first table of com_err(3) are the system's own numbers. */
		return code > 0 && code < 256 ? -(int)code : -EUCLEAN;
	}
}

static int fail(struct why *why, errcode_t code, const char *what)
{
	return why_set(why, view_errno(code), "%s: %s", what, error_message(code));
}

/* ---- blocks ------------------------------------------------------------------------------------
 */

static errcode_t read_bytes(const struct view *view, uint64_t at, void *data, size_t n)
{
	ssize_t got;

	if (at > INT64_MAX - view->offset)
		return EXT2_ET_SHORT_READ;
	got = pread(view->fd, data, n, (off_t)(view->offset + at));
	if (got < 0)
		return errno;
	return (size_t)got == n ? 0 : EXT2_ET_SHORT_READ;
}

/* Reads a block of the disk into view->block. */
static errcode_t read_place(struct view *view, uint64_t place)
{
	if (place > INT64_MAX / view->block_size)
		return EXT2_ET_SHORT_READ;
	return read_bytes(view, place * view->block_size, view->block, view->block_size);
}

/* Reads a block of the file system into view->block: what its journal has of it is newer. */
static errcode_t read_block(struct view *view, uint64_t block)
{
	const uint64_t *number = blocktable_get(&view->log, block);
	errcode_t code;

	if (!number || *number == JOURNAL_REVOKED)
		return read_place(view, block);
	code = read_place(view, JOURNAL_PLACE(*number));
	if (!code && JOURNAL_IS_ESCAPED(*number))
		memcpy(view->block, journal_magic, sizeof(journal_magic));
	return code;
}

/* Remembers what stands in view->block, and notices when something else did before. */
static errcode_t remember(struct view *view, struct blocktable *table, uint64_t block)
{
	uint64_t hash = hash_bytes(view->block, view->block_size);
	const uint64_t *before = blocktable_get(table, block);

	if (before && *before != hash)
		view->changed = true;
	return blocktable_put(table, block, hash) ? EXT2_ET_NO_MEMORY : 0;
}

/* ---- libext2fs's side: its io_manager ----------------------------------------------------------
 */

static errcode_t open_channel(const char *name, int flags, io_channel *channel)
{
	io_channel made = calloc(1, sizeof(*made));
	void *view;

	(void)flags;
	if (!made || sscanf(name, "%p", &view) != 1 || !(made->name = strdup(name))) {
		free(made);
		return EXT2_ET_NO_MEMORY;
	}
	made->magic = EXT2_ET_MAGIC_IO_CHANNEL;
	made->manager = &((struct view *)view)->manager;
	made->block_size = SUPERBLOCK_SIZE;
	made->refcount = 1;
	made->private_data = view;
	*channel = made;
	return 0;
}

static errcode_t close_channel(io_channel channel)
{
	if (--channel->refcount > 0)
		return 0;
	free(channel->name);
	free(channel);
	return 0;
}

static errcode_t set_block_size(io_channel channel, int size)
{
	channel->block_size = size;
	return 0;
}

static errcode_t read_piece(struct view *view, uint64_t at, uint8_t *data, size_t n)
{
	uint64_t block = at / view->block_size;
	errcode_t code = read_block(view, block);

	if (!code && view->watching)
		code = remember(view, &view->seen, block);
	if (!code)
		memcpy(data, view->block + at % view->block_size, n);
	return code;
}

/* A negative count is one of bytes. */
static errcode_t read_blocks(io_channel channel, unsigned long long block, int count, void *data)
{
	struct view *view = channel->private_data;
	uint64_t unit = (uint64_t)channel->block_size;
	size_t n = count < 0 ? (size_t) - (int64_t)count : (size_t)count * unit, done = 0;
	errcode_t code = 0;

	if (block > INT64_MAX / unit - 1)
		return EXT2_ET_SHORT_READ;
	if (!view->block_size)
		return read_bytes(view, block * unit, data, n);
	while (!code && done < n) {
		uint64_t at = block * unit + done;
		size_t piece = view->block_size - at % view->block_size;

		piece = piece < n - done ? piece : n - done;
		code = read_piece(view, at, (uint8_t *)data + done, piece);
		done += piece;
	}
	return code;
}

static errcode_t read_few_blocks(io_channel channel, unsigned long block, int count, void *data)
{
	return read_blocks(channel, block, count, data);
}

static errcode_t write_blocks(io_channel channel, unsigned long block, int count, const void *data)
{
	(void)channel;
	(void)block;
	(void)count;
	(void)data;
	return EROFS;
}

static errcode_t flush(io_channel channel)
{
	(void)channel;
	return 0;
}

static const struct struct_io_manager manager = {
        .magic = EXT2_ET_MAGIC_IO_MANAGER,
        .name = "a view of a disk",
        .open = open_channel,
        .close = close_channel,
        .set_blksize = set_block_size,
        .read_blk = read_few_blocks,
        .read_blk64 = read_blocks,
        .write_blk = write_blocks,
        .flush = flush,
};

/* What libext2fs hands to open_channel is a name: the view's address is one. */
static int open_file_system(struct view *view, struct why *why)
{
	char name[32];
	errcode_t code;

	snprintf(name, sizeof(name), "%p", (void *)view);
	code = ext2fs_open2(name, NULL, EXT2_FLAG_64BITS, 0, 0, &view->manager, &view->fs);
	if (code)
		view->fs = NULL;
	return code ? fail(why, code, "the superblock") : 0;
}

static void close_file_system(struct view *view)
{
	if (view->fs)
		ext2fs_free(view->fs);
	view->fs = NULL;
}

/* ---- its journal
 * --------------------------------------------------------------------------------- */

static int read_log(void *context, uint32_t block, uint8_t *data, uint64_t *place)
{
	struct view *view = context;
	errcode_t code = ext2fs_bmap2(view->fs, view->fs->super->s_journal_inum, NULL, NULL, 0,
	                              block, NULL, (blk64_t *)place);

	if (!code && !*place)
		code = EXT2_ET_JOURNAL_NOT_BLOCK;
	if (!code)
		code = read_place(view, *place);
	if (!code)
		code = remember(view, &view->journal, *place);
	if (!code)
		memcpy(data, view->block, view->block_size);
	return code ? view_errno(code) : 0;
}

/* Whether what was read of the journal stands there still. */
static int log_stands_still(struct view *view, struct why *why)
{
	const struct blocktable_slot *slot;
	size_t at = 0;
	errcode_t code = 0;

	while (!code && !view->changed && (slot = blocktable_next(&view->journal, &at))) {
		code = read_place(view, slot->key - 1);
		view->changed |= hash_bytes(view->block, view->block_size) != slot->value;
	}
	if (code)
		return fail(why, code, "its journal");
	return view->changed ? why_set(why, -EAGAIN, "its journal is written to") : 0;
}

static int scan_log(struct view *view, uint64_t size, struct why *why)
{
	const struct journal journal = {.read = read_log,
	                                .context = view,
	                                .block_size = view->block_size,
	                                .blocks = (uint32_t)(size / view->block_size),
	                                .disk_blocks = ext2fs_blocks_count(view->fs->super)};
	struct why torn;
	int rc, moves;

	blocktable_free(&view->log);
	blocktable_free(&view->journal);
	view->changed = false;
	rc = journal_scan(&journal, &view->log, why);
	moves = log_stands_still(view, rc ? &torn : why);
	return moves ? moves : rc;
}

static int read_journal(struct view *view, struct why *why)
{
	uint32_t number = view->fs->super->s_journal_inum;
	struct ext2_inode inode;
	errcode_t code;
	int rc = -EAGAIN;

	if (!number)
		return why_set(why, -EOPNOTSUPP,
		               "its journal is on another disk, and has what this one has not yet");
	code = ext2fs_read_inode(view->fs, number, &inode);
	if (!code && (EXT2_I_SIZE(&inode) / view->block_size > UINT32_MAX ||
	              ext2fs_blocks_count(view->fs->super) >> 62))
		code = EXT2_ET_CORRUPT_SUPERBLOCK;
	if (code)
		return fail(why, code, "its journal");
	for (unsigned i = 0; rc == -EAGAIN && i < LOG_TRIES; i++)
		rc = scan_log(view, EXT2_I_SIZE(&inode), why);
	return rc;
}

/* ---- all of it
 * ----------------------------------------------------------------------------------- */

/* Without a journal nothing tells what was written together: it has to be at rest. */
static int check_rest(const struct view *view, struct why *why)
{
	const struct ext2_super_block *super = view->fs->super;

	if (super->s_feature_compat & EXT3_FEATURE_COMPAT_HAS_JOURNAL ||
	    super->s_state & EXT2_VALID_FS)
		return 0;
	return why_set(
	        why, -EBUSY,
	        "it has no journal, and a machine uses it, or has not unmounted it: only one "
	        "that was unmounted can be read");
}

static int prepare(struct view *view, struct why *why)
{
	int rc = open_file_system(view, why);

	if (!rc)
		rc = check_rest(view, why);
	if (rc)
		return rc;
	view->block_size = view->fs->blocksize;
	view->block = malloc(view->block_size);
	if (!view->block)
		return why_memory(why);
	if (!(view->fs->super->s_feature_incompat & EXT3_FEATURE_INCOMPAT_RECOVER))
		return 0;
	rc = read_journal(view, why);
	close_file_system(view);
	return rc ? rc : open_file_system(view, why);
}

int view_open(struct view *view, int fd, uint64_t offset, struct why *why)
{
	int rc;

	*view = (struct view){
	        .manager = manager, .fd = fcntl(fd, F_DUPFD_CLOEXEC, 0), .offset = offset};
	if (view->fd < 0)
		return why_set(why, -errno, "%s", strerror(errno));
	initialize_ext2_error_table();
	rc = prepare(view, why);
	view->watching = !rc;
	return rc;
}

void view_close(struct view *view)
{
	close_file_system(view);
	blocktable_free(&view->seen);
	blocktable_free(&view->journal);
	blocktable_free(&view->log);
	free(view->block);
	if (view->fd >= 0)
		close(view->fd);
	view->fd = -1;
}

/* Whether two views have their blocks at the same places. Counts of what is free may differ. */
static bool same_layout(ext2_filsys one, ext2_filsys other)
{
	const struct ext2_super_block *a = one->super, *b = other->super;

	if (one->group_desc_count != other->group_desc_count ||
	    a->s_log_block_size != b->s_log_block_size ||
	    a->s_inodes_per_group != b->s_inodes_per_group || a->s_inode_size != b->s_inode_size ||
	    memcmp(a->s_uuid, b->s_uuid, sizeof(a->s_uuid)) != 0)
		return false;
	for (dgrp_t i = 0; i < one->group_desc_count; i++)
		if (ext2fs_inode_table_loc(one, i) != ext2fs_inode_table_loc(other, i))
			return false;
	return true;
}

static int compare(const struct view *before, struct view *now, struct why *why)
{
	const struct blocktable_slot *slot;
	size_t at = 0;

	if (!same_layout(before->fs, now->fs))
		return -EAGAIN;
	while ((slot = blocktable_next(&before->seen, &at))) {
		errcode_t code = read_block(now, slot->key - 1);

		if (code)
			return fail(why, code, "reading it again");
		if (hash_bytes(now->block, now->block_size) != slot->value)
			return -EAGAIN;
	}
	return 0;
}

int view_settled(struct view *view, struct why *why)
{
	struct view now;
	int rc;

	if (view->changed)
		return -EAGAIN;
	rc = view_open(&now, view->fd, view->offset, why);
	if (rc == -EUCLEAN)
		rc = -EAGAIN; /* a moment ago it could be opened */
	if (!rc)
		rc = compare(view, &now, why);
	view_close(&now);
	return rc;
}
