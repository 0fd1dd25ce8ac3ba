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
	IMAGE_USER_MAX = 32,  /* bytes: useradd(8) */
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
bool image_valid_installer(const char *text);  /* etherroot or debian-installer */
bool image_valid_mirror(const char *text);     /* SCHEME://REST without spaces */

bool image_valid_device(const char *text); /* below /dev: vda2, or VG/LV */

/* What is only said of an installation. */
bool image_valid_locale(const char *text);   /* de_DE.UTF-8, ca_ES.UTF-8@valencia */
bool image_valid_keyboard(const char *text); /* one of XKB's layouts, or some with commas */
bool image_valid_timezone(const char *text); /* a name below /usr/share/zoneinfo */
bool image_valid_user(const char *text);     /* as adduser(8) has it, at most 32 bytes */
bool image_valid_hash(const char *text);     /* of a password, as crypt(5) has it */
bool image_valid_key(const char *text);    /* a line of authorized_keys that begins with its type */
bool image_valid_answer(const char *text); /* yes or no */

#endif
