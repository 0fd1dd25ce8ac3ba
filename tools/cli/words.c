/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void set_column(struct words *words)
{
	words->place.column = (unsigned long)(words->at - words->line) + 1;
}

static bool at_end_of_line(const struct words *words)
{
	return words->at == words->end || *words->at == '\n';
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Bytes that no name has: they would be invisible in messages. */
static bool is_control(char c)
{
	return (unsigned char)c < ' ' || c == 0x7f;
}

static int refuse_control(struct words *words)
{
	set_column(words);
	return why_set(words->why, -EINVAL, "a byte 0x%02x, which has no place in this file%s",
	               (unsigned char)*words->at,
	               *words->at == '\r' ? ": end its lines as UNIX does" : "");
}

/* In quotes: everything up to the next quote; \" and \\ stand for what they show. */
static int read_quoted(struct words *words, char **to)
{
	const struct place begin = {words->place.line,
	                            (unsigned long)(words->at - words->line) + 1};

	for (words->at++; !at_end_of_line(words); words->at++) {
		char c = *words->at;

		if (c == '"') {
			words->at++;
			return 0;
		}
		if (c == '\\' && words->end - words->at > 1 &&
		    (words->at[1] == '"' || words->at[1] == '\\'))
			c = *++words->at;
		if (is_control(c) && c != '\t')
			return refuse_control(words);
		*(*to)++ = c;
	}
	words->place = begin;
	return why_set(words->why, -EINVAL, "a quote that does not end on its line");
}

/* Skips blanks and a comment. */
bool words_find(struct words *words)
{
	while (!at_end_of_line(words) && is_blank(*words->at))
		words->at++;
	set_column(words);
	if (!at_end_of_line(words) && *words->at == '#')
		while (!at_end_of_line(words))
			words->at++;
	return !at_end_of_line(words);
}

int words_read(struct words *words)
{
	char *to = words->word;
	int rc = 0;

	while (!rc && !at_end_of_line(words) && !is_blank(*words->at)) {
		if (*words->at == '"')
			rc = read_quoted(words, &to);
		else if (is_control(*words->at))
			rc = refuse_control(words);
		else
			*to++ = *words->at++;
	}
	*to = '\0';
	return rc;
}

int words_need(struct words *words, const char *what)
{
	if (!words_find(words))
		return why_set(words->why, -EINVAL, "%s is missing", what);
	return words_read(words);
}

/* "unknown: there are a, b and c" */
static int refuse_unknown(struct words *words, const struct words_directive *directives,
                          size_t count)
{
	struct buffer names = {0};
	int rc = 0;

	for (size_t i = 0; !rc && i < count; i++)
		rc = buffer_printf(&names, "%s%s", i ? i + 1 < count ? ", " : " and " : "",
		                   directives[i].name);
	rc = rc ? why_memory(words->why)
	        : why_set(words->why, -EINVAL, "'%.60s': unknown: there are %.*s", words->word,
	                  (int)names.size, (const char *)names.data);
	buffer_free(&names);
	return rc;
}

static int read_directive(struct words *words, const struct words_directive *directives,
                          size_t count, void *context)
{
	int rc = words_read(words);

	if (rc)
		return rc;
	for (size_t i = 0; i < count; i++) {
		if (strcmp(words->word, directives[i].name) != 0)
			continue;
		words->directive = directives[i].name;
		rc = directives[i].read(words, context);
		if (rc || !words_find(words))
			return rc;
		rc = words_read(words);
		return rc ? rc
		          : why_set(words->why, -EINVAL, "'%.60s': nothing more belongs here",
		                    words->word);
	}
	return refuse_unknown(words, directives, count);
}

int words_directives(const char *text, size_t length, const struct words_directive *directives,
                     size_t count, void *context, struct place *place, struct why *why)
{
	struct words words = {.at = text,
	                      .end = text + length,
	                      .place.line = 1,
	                      .word = malloc(length + 1),
	                      .why = why};
	int rc = words.word ? 0 : why_memory(why);

	for (; !rc; words.at++, words.place.line++) {
		words.line = words.at;
		if (words_find(&words))
			rc = read_directive(&words, directives, count, context);
		if (rc || words.at == words.end)
			break;
	}
	free(words.word);
	*place = words.place;
	return rc;
}

int words_add(struct buffer *text, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                            "0123456789/._-+:,=@%";
	size_t length = strlen(word);
	int rc;

	if (length && strspn(word, plain) == length)
		return buffer_append(text, word, length);
	rc = buffer_append(text, "\"", 1);
	for (; !rc && *word; word++) {
		if (*word == '"' || *word == '\\')
			rc = buffer_append(text, "\\", 1);
		if (!rc)
			rc = buffer_append(text, word, 1);
	}
	return rc ? rc : buffer_append(text, "\"", 1);
}
