/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The image's content: a list of files, packed as one cpio archive. */
#ifndef INITRAMFS_CONTENT_H
#define INITRAMFS_CONTENT_H

#include <stddef.h>
#include <sys/types.h>

#include "tools/cli/buffer.h"
#include "tools/cli/why.h"

struct content_file {
	char *path;   /* without a slash at the beginning: "lib/modules/6.1.0/kernel/fs/ext4.ko" */
	mode_t mode;  /* type and permissions */
	dev_t device; /* of a device node */
	const void
	        *data; /* content, or the target of a symbolic link; OWNED below, or the caller's */
	size_t size;
	struct buffer owned;
	char *reason; /* for --list: why it is there */
};

struct content {
	struct content_file *file; /* sorted by path after content_finish */
	size_t count;
};

/*
 * Each adds one file at PATH; a slash at its beginning means nothing. REASON is copied. They return
 * 0 or -ENOMEM. content_add_file borrows DATA until content_free; content_add_text takes TEXT's
 * bytes over.
 */
int content_add_file(struct content *content, const char *path, mode_t permissions,
                     const void *data, size_t size, const char *reason);
int content_add_text(struct content *content, const char *path, mode_t permissions,
                     struct buffer *text, const char *reason);
int content_add_directory(struct content *content, const char *path, const char *reason);
int content_add_symlink(struct content *content, const char *path, const char *target,
                        const char *reason);
int content_add_character_device(struct content *content, const char *path, unsigned int major,
                                 unsigned int minor, const char *reason);

/*
 * Sorts the files and adds the directories that they lie in. Returns 0, or a negative errno and WHY
 * when two files want the same place (-EEXIST) or lie below something that is no directory.
 */
int content_finish(struct content *content, struct why *why);

/*
 * Packs a finished image in the kernel's initramfs format (cpio, "newc"). Everything belongs to
 * root and dates from 1970: the bytes depend on nothing but the files. Returns 0, or a negative
 * errno.
 */
int content_pack(const struct content *content, struct buffer *archive, struct why *why);

void content_free(struct content *content);

#endif
