/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/utf16.h"

#include "tools/base/bytes.h"

/* The character at *at, before end; moves *at on. Halves that have no other half become U+FFFD. */
static uint32_t utf16_character(const uint8_t **at, const uint8_t *end)
{
	uint32_t first = le16(*at), second;

	*at += 2;
	if (first < 0xd800 || first > 0xdfff)
		return first;
	second = end - *at >= 2 ? le16(*at) : 0;
	if (first > 0xdbff || second < 0xdc00 || second > 0xdfff)
		return 0xfffd;
	*at += 2;
	return 0x10000 + ((first - 0xd800) << 10 | (second - 0xdc00));
}

void utf16_add(struct text *text, const uint8_t *at, size_t length)
{
	const uint8_t *end = at + length;
	uint32_t c;

	while (at < end && (c = utf16_character(&at, end))) {
		unsigned more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
		/* 110xxxxx, 1110xxxx or 11110xxx: as many ones as bytes. */
		char bytes[4] = {(char)(more ? 0x780 >> more | c >> 6 * more : c)};

		for (unsigned i = 1; i <= more; i++)
			bytes[i] = (char)(0x80 | (c >> 6 * (more - i) & 0x3f));
		if (text->size - 1 - text->used < more + 1)
			return;
		text_add_bytes(text, bytes, more + 1);
	}
}
