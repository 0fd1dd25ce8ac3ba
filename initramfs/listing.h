/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What --list and --json print: the files of the image, and why each is there. */
#ifndef INITRAMFS_LISTING_H
#define INITRAMFS_LISTING_H

#include <stdio.h>

#include "initramfs/compression.h"
#include "initramfs/content.h"
#include "initramfs/modset.h"

struct listing {
	const struct modset *modules;
	const struct content *content;
	const struct compression *compression;
	const struct buffer *filesystems; /* one name a line */
	size_t unpacked, packed;          /* size of the archive in bytes, before and after */
};

/* One line per file, then a line of sums. */
void listing_print(const struct listing *listing, FILE *stream);

/* The same as one JSON object. */
void listing_print_json(const struct listing *listing, FILE *stream);

#endif
