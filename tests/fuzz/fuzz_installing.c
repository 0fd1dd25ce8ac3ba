/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A disk's first sector: what is shown of it is printable, and does not end in blanks. */
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tools/server/installing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[INSTALLING_TEXT];
	size_t length;

	if (installing_parse((const char *)data, size, text) != INSTALLING_BEGUN)
		return 0;
	length = strnlen(text, sizeof(text));
	ALWAYS(length < sizeof(text) && length < size);
	ALWAYS(is_printable(text) && !strchr(text, '\t'));
	ALWAYS(!length || text[length - 1] != ' ');
	return 0;
}
