/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/superblock.h"

#include <errno.h>
#include <string.h>

#include "init/utf16.h"
#include "tools/base/bytes.h"
#include "tools/base/text.h"

/* What LUKS, LVM and the like are called. */
static const char LUKS[] = "LUKS (encrypted)", LVM[] = "a physical volume of LVM",
                  RAID[] = "a member of a Linux RAID", SWAP[] = "swap space",
                  BTRFS_MEMBER[] = "one of several devices of a Btrfs",
                  VERITY[] = "a hash tree of dm-verity";
static const char F2FS[] = "f2fs";

/* One type: its magic number and where its identity stands, in bytes from the disk's beginning. */
struct format {
	const char *type;
	const char *magic;
	uint32_t magic_at;
	uint32_t uuid_at;  /* 0: none */
	uint32_t label_at; /* 0: none */
	uint16_t label_length;
	uint8_t magic_length;
	bool mounts; /* it is a file system, whose module is called as it is */
};

/*
 * What is no file system comes first: one that was there before may still be seen. Behind it the
 * longer magic numbers come before the shorter: two bytes may be anything.
 */
static const struct format formats[] = {
        /* cryptsetup's on-disk formats: at 0; the UUID is text, which nobody names a root by. */
        {LUKS, "LUKS\xba\xbe", 0, 0, 0, 0, 6, false},
        /* lvm2's lib/format_text/layout.h: a label in one of the first four sectors. */
        {LVM, "LABELONE", 0, 0, 0, 0, 8, false},
        {LVM, "LABELONE", 512, 0, 0, 0, 8, false},
        {LVM, "LABELONE", 1024, 0, 0, 0, 8, false},
        {LVM, "LABELONE", 1536, 0, 0, 0, 8, false},
        /* linux/raid/md_p.h, struct mdp_superblock_1: kind 1.1 at 0, 1.2 at 4 KiB. */
        {RAID, "\xfc\x4e\x2b\xa9\1\0\0\0", 0, 16, 32, 32, 8, false},
        {RAID, "\xfc\x4e\x2b\xa9\1\0\0\0", 4096, 4096 + 16, 4096 + 32, 32, 8, false},
        /* struct verity_sb of cryptsetup's lib/verity/verity.c */
        {VERITY, "verity\0\0", 0, 16, 0, 0, 8, false},
        /* linux/swap.h, union swap_header: at the end of a page of 4 KiB. */
        {SWAP, "SWAPSPACE2", 4096 - 10, 1024 + 12, 1024 + 28, 16, 10, false},
        /* fs/btrfs/btrfs_tree.h, struct btrfs_super_block at 64 KiB. */
        {"btrfs", "_BHRfS_M", 65536 + 64, 65536 + 32, 65536 + 299, 256, 8, true},
        /* fs/reiserfs/reiserfs.h, struct reiserfs_super_block at 64 KiB: three formats. */
        {"reiserfs", "ReIsErFs", 65536 + 52, 65536 + 84, 65536 + 100, 16, 8, true},
        {"reiserfs", "ReIsEr2Fs", 65536 + 52, 65536 + 84, 65536 + 100, 16, 9, true},
        {"reiserfs", "ReIsEr3Fs", 65536 + 52, 65536 + 84, 65536 + 100, 16, 9, true},
        /* fs/xfs/libxfs/xfs_format.h, struct xfs_dsb at 0. */
        {"xfs", "XFSB", 0, 32, 108, 12, 4, true},
        /* fs/squashfs/squashfs_fs.h, struct squashfs_super_block at 0; it has neither. */
        {"squashfs", "hsqs", 0, 0, 0, 0, 4, true},
        /* fs/erofs/erofs_fs.h, struct erofs_super_block at 1024. */
        {"erofs", "\xe2\xe1\xf5\xe0", 1024, 1024 + 48, 1024 + 64, 16, 4, true},
        /* include/linux/f2fs_fs.h, struct f2fs_super_block at 1024; its label is UTF-16. */
        {F2FS, "\x10\x20\xf5\xf2", 1024, 1024 + 108, 1024 + 124, 1024, 4, true},
        /* fs/jfs/jfs_superblock.h, struct jfs_superblock at 32 KiB. */
        {"jfs", "JFS1", 32768, 32768 + 136, 32768 + 152, 16, 4, true},
        /* fs/ext4/ext4.h, struct ext4_super_block at 1024; ext4.ko mounts ext2 and ext3 as well. */
        {"ext4", "\x53\xef", 1024 + 0x38, 1024 + 0x68, 1024 + 0x78, 16, 2, true},
        /* include/uapi/linux/nilfs2_ondisk.h, struct nilfs_super_block at 1024. */
        {"nilfs2", "\x34\x34", 1024 + 6, 1024 + 152, 1024 + 168, 80, 2, true},
};

static int reaches(size_t at, size_t size, size_t length)
{
	return at <= length && size <= length - at;
}

static bool fits(const struct format *f, const uint8_t *disk, size_t length)
{
	return reaches(f->magic_at, f->magic_length, length) &&
	       !memcmp(disk + f->magic_at, f->magic, f->magic_length) &&
	       reaches(f->uuid_at, UUID_BYTES, length) &&
	       reaches(f->label_at, f->label_length, length);
}

/* struct btrfs_super_block has the number of its devices at 136. */
static bool is_one_of_several(const struct format *f, const uint8_t *disk)
{
	return !strcmp(f->type, "btrfs") && le32(disk + 65536 + 136) > 1;
}

static void write_label(const struct format *f, const uint8_t *disk, struct superblock *superblock)
{
	const char *label = (const char *)disk + f->label_at;
	struct text text;

	text_begin(&text, superblock->label, sizeof(superblock->label));
	if (f->type == F2FS)
		utf16_add(&text, disk + f->label_at, f->label_length);
	else if (f->label_at)
		text_add_bytes(&text, label, strnlen(label, f->label_length));
}

/*
 * Where a file system ends, by its own word, as far as `length` bytes of the disk tell. From the
 * same structures as above; a SquashFS is counted up to a full block, as mksquashfs(1) pads it.
 */
static uint64_t size_of(const char *type, const uint8_t *disk, size_t length)
{
	const uint8_t *at = disk + 1024;

	if (length < 2048)
		return 0;
	if (!strcmp(type, "ext4"))
		return (le32(at + 0x4) | (uint64_t)(le32(at + 0x60) & 0x80 ? le32(at + 0x150) : 0)
		                                 << 32)
		       << (10 + (le32(at + 0x18) & 7));
	if (!strcmp(type, "erofs"))
		return (uint64_t)le32(at + 36) << (at[12] & 31);
	if (!strcmp(type, "squashfs"))
		return (le64(disk + 40) + 4095) & ~UINT64_C(4095);
	if (!strcmp(type, "xfs"))
		return ((uint64_t)be32(disk + 8) << 32 | be32(disk + 12)) * be32(disk + 4);
	if (!strcmp(type, "btrfs"))
		return le64(disk + 65536 + 112);
	return 0;
}

int superblock_identify(const uint8_t *disk, size_t length, struct superblock *superblock)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		const struct format *f = &formats[i];

		if (!fits(f, disk, length))
			continue;
		*superblock =
		        (struct superblock){.type = f->type, .module = f->mounts ? f->type : NULL};
		if (is_one_of_several(f, disk))
			*superblock = (struct superblock){.type = BTRFS_MEMBER};
		if (f->uuid_at)
			uuid_write(disk + f->uuid_at, superblock->uuid);
		write_label(f, disk, superblock);
		if (superblock->module) /* one of several has but a part of it */
			superblock->size = size_of(f->type, disk, length);
		if (!strcmp(f->type, "squashfs") && reaches(64, 8, length)) {
			superblock->made = le32(disk + 8);
			superblock->tables = le64(disk + 64);
		}
		return 0;
	}
	return -ENOENT;
}

uint64_t superblock_raid_at(uint64_t size, unsigned place)
{
	/* MD_NEW_SIZE_SECTORS of linux/raid/md_p.h, and kind 1.0 of drivers/md/md.c. */
	const uint64_t reserved = 65536, end = 8192, block = 4096;

	if (size < 2 * reserved)
		return 0;
	return place ? (size & ~(reserved - 1)) - reserved : (size - end) & ~(block - 1);
}

bool superblock_is_raid(const uint8_t bytes[SUPERBLOCK_RAID], struct superblock *superblock)
{
	/* MD_SB_MAGIC, and the major version: 0 (kind 0.90) or 1. */
	if (le32(bytes) != 0xa92b4efc || le32(bytes + 4) > 1)
		return false;
	/* The names are those of what is on all members together: it is asked for by them. */
	superblock->type = RAID;
	superblock->module = NULL;
	return true;
}
