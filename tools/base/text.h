/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text without stdio: what vsnprintf would cost is a third of the init's size. Pure. */
#ifndef TOOLS_BASE_TEXT_H
#define TOOLS_BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room for any number that text_decimal or text_hex writes, with its '\0'. */
enum { TEXT_NUMBER = 24 };

/* A string being built in a buffer of the caller's; always '\0'-terminated, cut off when full. */
struct text {
	char *start;
	size_t size; /* of the buffer, in bytes; at least 1 */
	size_t used; /* without the '\0' */
};

/* Begins an empty string in buffer. */
void text_begin(struct text *text, char *buffer, size_t size);
void text_add(struct text *text, const char *string);
void text_add_bytes(struct text *text, const char *bytes, size_t length);
/* Adds each string of a list that ends with a null pointer. */
void text_add_list(struct text *text, va_list strings);

/* Sets buffer to the strings given, up to a null pointer; returns buffer. */
char *text_join(char *buffer, size_t size, ...) __attribute__((sentinel));

/* Puts a '?' in the place of each control character: what is told must stay on its line. */
char *text_printable(char *string);

/* Write a number into buffer (TEXT_NUMBER bytes) and return it. */
char *text_decimal(char *buffer, uint64_t number);
char *text_hex(char *buffer, uint64_t number, unsigned least_digits);

/*
 * Reads decimal digits from *at on, at most `most`; moves *at behind them.
 * Returns 0, -EINVAL when there is no digit, or -ERANGE (*at then stays on the first digit).
 */
int text_read_number(const char **at, uint64_t most, uint64_t *number);

bool text_begins(const char *string, const char *prefix);

/* Compares module or parameter names up to length bytes each: '-' and '_' are the same letter. */
bool text_same_name(const char *a, size_t a_length, const char *b, size_t b_length);

#endif
