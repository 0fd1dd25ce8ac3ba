/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/base/hostname.h"

#include <string.h>

/* In bytes: HOST_NAME_MAX of Linux, and RFC 1123, section 2.1, for a label. */
enum { NAME_MAX_LENGTH = 64, LABEL_MAX_LENGTH = 63 };

bool hostname_is_valid(const char *text)
{
	static const char letters[] =
	        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
	size_t label;

	if (strlen(text) > NAME_MAX_LENGTH)
		return false;
	do {
		label = strspn(text, letters);
		if (!label || label > LABEL_MAX_LENGTH || text[0] == '-' || text[label - 1] == '-')
			return false;
		text += label;
		if (*text && *text != '.')
			return false;
	} while (*text++);
	return true;
}
