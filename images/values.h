/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the options of `etherroot image` may hold. The values end up in a file system, in a guest's
 * configuration and on other programs' command lines: they are checked here, once. All pure.
 */
#ifndef IMAGES_VALUES_H
#define IMAGES_VALUES_H

#include <stdbool.h>

enum {
	IMAGE_LABEL_MAX = 16, /* bytes: s_volume_name of ext4's superblock */
};

/* The smallest image that ext4 with a journal makes sense in, and the largest file ext4 can hold.
 */
#define IMAGE_SIZE_MIN (64ull << 20)
#define IMAGE_SIZE_MAX (16ull << 40)

/*
 * Reads a size: a whole number and one of the suffixes K, M, G, T (powers of 1024), as in "2G";
 * with no suffix it is bytes. *bytes is rounded down to a multiple of 4096. Returns 0, -EINVAL for
 * text that is no size, or -ERANGE outside IMAGE_SIZE_MIN and IMAGE_SIZE_MAX.
 */
int image_parse_size(const char *text, unsigned long long *bytes);

bool image_valid_suite(const char *text);      /* trixie */
bool image_valid_packages(const char *text);   /* names, with commas between them */
bool image_valid_uuid(const char *text);       /* 8-4-4-4-12 hexadecimal digits */
bool image_valid_label(const char *text);      /* 1 to IMAGE_LABEL_MAX printable bytes, unquoted */
bool image_valid_password(const char *text);   /* anything on one line, also nothing */
bool image_valid_bootloader(const char *text); /* bios, uefi or both */
bool image_valid_mirror(const char *text);     /* SCHEME://REST without spaces */

#endif
