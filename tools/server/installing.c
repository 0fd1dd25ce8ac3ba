/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/server/installing.h"

#include <stdbool.h>
#include <string.h>

static const char mark[] = "etherroot install: "; /* MARK in images/install.sh */

static bool is_empty(const char *sector, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (sector[i])
			return false;
	return size == INSTALLING_TEXT;
}

enum installing installing_parse(const char *sector, size_t size, char text[INSTALLING_TEXT])
{
	const size_t skip = sizeof(mark) - 1;
	size_t length = 0;

	text[0] = '\0';
	if (size < skip || memcmp(sector, mark, skip) != 0)
		return is_empty(sector, size) ? INSTALLING_EMPTY : INSTALLING_NOT;
	for (size_t i = skip; i < size && i < INSTALLING_TEXT && sector[i] != '\n'; i++) {
		bool printable = sector[i] >= ' ' && sector[i] <= '~';

		text[i - skip] = printable ? sector[i] : '?';
		if (sector[i] != ' ')
			length = i - skip + 1;
	}
	text[length] = '\0';
	return INSTALLING_BEGUN;
}
