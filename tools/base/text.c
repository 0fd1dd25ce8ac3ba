/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/base/text.h"

#include <errno.h>
#include <string.h>

void text_begin(struct text *text, char *buffer, size_t size)
{
	*text = (struct text){buffer, size, 0};
	buffer[0] = '\0';
}

void text_add_bytes(struct text *text, const char *bytes, size_t length)
{
	size_t room = text->size - 1 - text->used;

	if (length > room)
		length = room;
	memcpy(text->start + text->used, bytes, length);
	text->used += length;
	text->start[text->used] = '\0';
}

void text_add(struct text *text, const char *string)
{
	text_add_bytes(text, string, strlen(string));
}

void text_add_list(struct text *text, va_list strings)
{
	for (const char *s = va_arg(strings, const char *); s; s = va_arg(strings, const char *))
		text_add(text, s);
}

char *text_join(char *buffer, size_t size, ...)
{
	struct text text;
	va_list strings;

	text_begin(&text, buffer, size);
	va_start(strings, size);
	text_add_list(&text, strings);
	va_end(strings);
	return buffer;
}

static char *write_digits(char *buffer, uint64_t number, unsigned base, unsigned least_digits)
{
	char reversed[TEXT_NUMBER];
	size_t n = 0;

	do {
		reversed[n++] = "0123456789abcdef"[number % base];
		number /= base;
	} while ((number || n < least_digits) && n < sizeof(reversed) - 1);
	for (size_t i = 0; i < n; i++)
		buffer[i] = reversed[n - 1 - i];
	buffer[n] = '\0';
	return buffer;
}

char *text_decimal(char *buffer, uint64_t number)
{
	return write_digits(buffer, number, 10, 1);
}

char *text_hex(char *buffer, uint64_t number, unsigned least_digits)
{
	return write_digits(buffer, number, 16, least_digits);
}

int text_read_number(const char **at, uint64_t most, uint64_t *number)
{
	const char *digit = *at;
	uint64_t n = 0;

	if (*digit < '0' || *digit > '9')
		return -EINVAL;
	for (; *digit >= '0' && *digit <= '9'; digit++) {
		unsigned value = (unsigned)(*digit - '0');

		if (value > most || n > (most - value) / 10)
			return -ERANGE;
		n = n * 10 + value;
	}
	*at = digit;
	*number = n;
	return 0;
}

bool text_begins(const char *string, const char *prefix)
{
	return !strncmp(string, prefix, strlen(prefix));
}

bool text_same_name(const char *a, size_t a_length, const char *b, size_t b_length)
{
	if (a_length != b_length)
		return false;
	for (size_t i = 0; i < a_length; i++)
		if ((a[i] == '-' ? '_' : a[i]) != (b[i] == '-' ? '_' : b[i]))
			return false;
	return true;
}

char *text_printable(char *string)
{
	for (char *c = string; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 127)
			*c = '?';
	return string;
}
