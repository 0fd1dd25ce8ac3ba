/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names on disks that are UTF-16: those of GPT partitions, and the labels of F2FS. */
#ifndef INIT_UTF16_H
#define INIT_UTF16_H

#include <stddef.h>
#include <stdint.h>

#include "tools/base/text.h"

/*
 * Adds little-endian UTF-16 as UTF-8, up to a 0 or `length` bytes (an even number), as far as whole
 * characters fit. Halves of characters that have no other half become U+FFFD.
 */
void utf16_add(struct text *text, const uint8_t *at, size_t length);

#endif
