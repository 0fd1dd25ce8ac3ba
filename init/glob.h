/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shell patterns as they stand in modules.alias. Pure. */
#ifndef INIT_GLOB_H
#define INIT_GLOB_H

#include <stdbool.h>

/*
 * Whether the whole text matches the pattern: '*', '?', '[a-c]', '[!a]', '\' before a literal.
 * A pattern with an unclosed '[' matches nothing. C's bytes, no locale: fnmatch(3) would bring the
 * tables of all of Unicode into the image.
 */
bool glob_matches(const char *pattern, const char *text);

#endif
