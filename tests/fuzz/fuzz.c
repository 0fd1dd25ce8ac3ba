/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void broken(const char *file, int line, const char *condition)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
	abort();
}

void *need(size_t size)
{
	void *memory = malloc(size ? size : 1);

	if (!memory)
		abort();
	return memory;
}

uint8_t take_byte(struct input *input)
{
	if (!input->left)
		return 0;
	input->left--;
	return *input->at++;
}

uint64_t take_number(struct input *input)
{
	uint64_t number = 0;

	for (int i = 0; i < 8; i++)
		number = number << 8 | take_byte(input);
	return number;
}

size_t take_below(struct input *input, size_t limit)
{
	size_t number = take_byte(input);

	if (limit > 256)
		number = number << 8 | take_byte(input);
	return number % limit;
}

uint8_t *take_bytes(struct input *input, size_t most, size_t *length)
{
	uint8_t *bytes;

	*length = input->left < most ? input->left : most;
	bytes = need(*length);
	if (*length)
		memcpy(bytes, input->at, *length);
	input->at += *length;
	input->left -= *length;
	return bytes;
}

char *take_string(struct input *input)
{
	size_t length = input->left ? strnlen((const char *)input->at, input->left) : 0;
	char *text = need(length + 1);

	if (length)
		memcpy(text, input->at, length);
	text[length] = '\0';
	length += length < input->left;
	input->at += length;
	input->left -= length;
	return text;
}
