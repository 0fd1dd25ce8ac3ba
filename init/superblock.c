/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/superblock.h"

#include <errno.h>
#include <string.h>

#include "tools/base/text.h"

/* One type: its magic number and where its identity stands, in bytes from the disk's beginning. */
struct format {
	const char *type;
	const char *module;
	size_t magic_at;
	const char *magic;
	size_t magic_length;
	size_t uuid_at;  /* 0: none */
	size_t label_at; /* 0: none */
	size_t label_length;
};

static const struct format formats[] = {
        /* fs/ext4/ext4.h, struct ext4_super_block at 1024; ext4.ko mounts ext2 and ext3 as well. */
        {"ext4", "ext4", 1024 + 0x38, "\x53\xef", 2, 1024 + 0x68, 1024 + 0x78, 16},
        /* fs/xfs/libxfs/xfs_format.h, struct xfs_dsb at 0. */
        {"xfs", "xfs", 0, "XFSB", 4, 32, 108, 12},
        /* fs/btrfs/btrfs_tree.h, struct btrfs_super_block at 64 KiB. */
        {"btrfs", "btrfs", 65536 + 64, "_BHRfS_M", 8, 65536 + 32, 65536 + 299, 256},
        /* fs/squashfs/squashfs_fs.h, struct squashfs_super_block at 0; it has neither. */
        {"squashfs", "squashfs", 0, "hsqs", 4, 0, 0, 0},
        /* fs/erofs/erofs_fs.h, struct erofs_super_block at 1024. */
        {"erofs", "erofs", 1024, "\xe2\xe1\xf5\xe0", 4, 1024 + 48, 1024 + 64, 16},
        /* include/linux/f2fs_fs.h, struct f2fs_super_block at 1024; its label is UTF-16. */
        {"f2fs", "f2fs", 1024, "\x10\x20\xf5\xf2", 4, 1024 + 108, 0, 0},
};

static int reaches(size_t at, size_t size, size_t length)
{
	return at <= length && size <= length - at;
}

static void write_uuid(const uint8_t *bytes, char uuid[37])
{
	static const uint8_t nil[16];
	char digits[TEXT_NUMBER];
	struct text text;

	text_begin(&text, uuid, 37);
	if (!memcmp(bytes, nil, sizeof(nil)))
		return;
	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			text_add(&text, "-");
		text_add(&text, text_hex(digits, bytes[i], 2));
	}
}

int superblock_identify(const uint8_t *disk, size_t length, struct superblock *superblock)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		const struct format *f = &formats[i];
		struct text label;

		if (!reaches(f->magic_at, f->magic_length, length) ||
		    memcmp(disk + f->magic_at, f->magic, f->magic_length) != 0)
			continue;
		if (!reaches(f->uuid_at, 16, length) ||
		    !reaches(f->label_at, f->label_length, length))
			continue;
		*superblock = (struct superblock){.type = f->type, .module = f->module};
		if (f->uuid_at)
			write_uuid(disk + f->uuid_at, superblock->uuid);
		text_begin(&label, superblock->label, sizeof(superblock->label));
		if (f->label_at)
			text_add_bytes(&label, (const char *)disk + f->label_at,
			               strnlen((const char *)disk + f->label_at, f->label_length));
		return 0;
	}
	return -ENOENT;
}
