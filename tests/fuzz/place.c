/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must hold for the place and the text of a message about a file. */
#include <string.h>

#include "tests/fuzz/fuzz.h"

bool is_place(const char *text, size_t length, const struct place *place)
{
	const char *at = text, *end = text + length;

	for (unsigned long line = 1; at && line < place->line; line++) {
		at = memchr(at, '\n', (size_t)(end - at));
		at = at ? at + 1 : NULL;
	}
	if (!at || !place->line || !place->column)
		return false;
	return place->column - 1 <= (size_t)(end - at) && !memchr(at, '\n', place->column - 1);
}

bool is_printable(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' && *text != '\t')
			return false;
	return true;
}
