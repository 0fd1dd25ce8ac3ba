/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/json.h"

int json_string(struct buffer *out, const void *bytes, size_t length)
{
	const unsigned char *b = bytes;
	int rc = buffer_append(out, "\"", 1);

	for (size_t i = 0; !rc && i < length; i++) {
		if (b[i] == '\\' || b[i] == '"')
			rc = buffer_printf(out, "\\%c", b[i]);
		else if (b[i] >= ' ' && b[i] < 0x7f)
			rc = buffer_append(out, &b[i], 1);
		else
			rc = buffer_printf(out, "\\u%04x", b[i]);
	}
	return rc ? rc : buffer_append(out, "\"", 1);
}
