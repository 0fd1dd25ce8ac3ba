/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/glob.h"

#include <stddef.h>

/* Matches one byte against "[...]" at *pattern and moves behind it; false if it is not closed. */
static bool matches_set(const char **pattern, unsigned char byte)
{
	const char *at = *pattern + 1;
	bool negated = *at == '!' || *at == '^';
	bool found = false;

	at += negated;
	do {
		unsigned char first = (unsigned char)*at, last = first;

		if (!first)
			return false;
		if (at[1] == '-' && at[2] && at[2] != ']') {
			last = (unsigned char)at[2];
			at += 2;
		}
		found |= byte >= first && byte <= last;
		at++;
	} while (*at != ']');
	*pattern = at + 1;
	return found != negated;
}

/* Matches one byte of text against one element of the pattern and moves behind that. */
static bool matches_one(const char **pattern, char byte)
{
	char wanted = **pattern;

	if (wanted == '[')
		return matches_set(pattern, (unsigned char)byte);
	if (wanted == '\\' && (*pattern)[1])
		wanted = *++*pattern;
	else if (wanted == '?')
		wanted = byte;
	++*pattern;
	return wanted == byte;
}

bool glob_matches(const char *pattern, const char *text)
{
	/* Where to take up again when the last '*' must swallow one byte more. */
	const char *retry_pattern = NULL, *retry_text = NULL;

	while (*text) {
		const char *next = pattern;

		if (*pattern == '*') {
			retry_pattern = ++pattern;
			retry_text = text;
		} else if (*pattern && matches_one(&next, *text)) {
			pattern = next;
			text++;
		} else if (retry_pattern) {
			pattern = retry_pattern;
			text = ++retry_text;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}
