/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The patterns of modules.alias against the C library's fnmatch. The two differ on purpose where a
 * '[' is not closed or holds what only fnmatch knows: those patterns are left out of the
 * comparison.
 */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "init/glob.h"
#include "tests/fuzz/fuzz.h"

enum { PATTERN = 48, TEXT = 48 }; /* fnmatch takes exponential time for many stars */

/* True if fnmatch means the same by it: ASCII, no '\', and sets of letters that are closed. */
static bool is_common(const char *pattern)
{
	const char *at;

	for (at = pattern; *at; at++) {
		if (*at == '\\' || (unsigned char)*at >= 0x80)
			return false;
		if (*at != '[')
			continue;
		at += 1 + (at[1] == '!' || at[1] == '^');
		if (*at == ']' || !strchr(at, ']'))
			return false;
		for (; *at != ']'; at++) {
			bool range = at[1] == '-' && at[2] != ']';

			if (strchr("[]\\-^!/", *at) || (unsigned char)*at >= 0x80)
				return false;
			if (!range)
				continue;
			if (strchr("[]\\-^!/", at[2]) || at[2] < *at ||
			    (unsigned char)at[2] >= 0x80)
				return false;
			at += 2;
		}
	}
	return true;
}

static unsigned count_stars(const char *pattern)
{
	unsigned stars = 0;

	for (; *pattern; pattern++)
		stars += *pattern == '*';
	return stars;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	char *pattern = take_string(&input), *text = take_string(&input);
	bool matches = glob_matches(pattern, text);

	if (strlen(pattern) < PATTERN && strlen(text) < TEXT && is_common(pattern) &&
	    count_stars(pattern) < 6)
		ALWAYS(matches == !fnmatch(pattern, text, 0));
	/* Without anything special in it, a pattern is the text. */
	if (!strpbrk(pattern, "*?[\\"))
		ALWAYS(matches == !strcmp(pattern, text));
	free(pattern);
	free(text);
	return 0;
}
