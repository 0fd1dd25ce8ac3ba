/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes for a parser, in memory of exactly their size: the sanitizer sees a read beyond it. */
#ifndef TESTS_UNIT_EXACT_H
#define TESTS_UNIT_EXACT_H

#include <stddef.h>

/* A copy of bytes; the caller frees it. Without memory the test program ends. */
void *exact_copy(const void *bytes, size_t length);

#endif
