/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/uuid.h"

#include <string.h>

#include "tools/base/text.h"

/* The bytes in the order that `order` says. */
static void write_in_order(const uint8_t bytes[UUID_BYTES], const uint8_t order[UUID_BYTES],
                           char uuid[UUID_TEXT])
{
	static const uint8_t nil[UUID_BYTES];
	char digits[TEXT_NUMBER];
	struct text text;

	text_begin(&text, uuid, UUID_TEXT);
	if (!memcmp(bytes, nil, sizeof(nil)))
		return;
	for (int i = 0; i < UUID_BYTES; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			text_add(&text, "-");
		text_add(&text, text_hex(digits, bytes[order[i]], 2));
	}
}

void uuid_write(const uint8_t bytes[UUID_BYTES], char text[UUID_TEXT])
{
	static const uint8_t order[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

	write_in_order(bytes, order, text);
}

void uuid_write_guid(const uint8_t bytes[UUID_BYTES], char text[UUID_TEXT])
{
	static const uint8_t order[] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};

	write_in_order(bytes, order, text);
}
