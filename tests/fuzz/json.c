/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a text is JSON (RFC 8259): the judge of what the commands print with --json. */
#include <string.h>

#include "tests/fuzz/fuzz.h"

enum { DEEPEST = 64 };

struct json {
	const char *at, *end;
	int depth;
};

static void skip_blanks(struct json *json)
{
	while (json->at < json->end && memchr(" \t\r\n", *json->at, 4))
		json->at++;
}

static bool next_is(struct json *json, char c)
{
	if (json->at == json->end || *json->at != c)
		return false;
	json->at++;
	return true;
}

static bool take_word(struct json *json, const char *word)
{
	size_t length = strlen(word);

	if ((size_t)(json->end - json->at) < length || memcmp(json->at, word, length) != 0)
		return false;
	json->at += length;
	return true;
}

static bool take_digits(struct json *json, const char *digits, size_t most)
{
	const char *start = json->at;

	while (json->at < json->end && most && *json->at && strchr(digits, *json->at)) {
		json->at++;
		most--;
	}
	return json->at > start;
}

static bool take_json_string(struct json *json)
{
	if (!next_is(json, '"'))
		return false;
	while (json->at < json->end && *json->at != '"') {
		unsigned char c = (unsigned char)*json->at++;

		if (c < ' ')
			return false;
		if (c != '\\')
			continue;
		if (next_is(json, 'u')) {
			const char *start = json->at;

			if (!take_digits(json, "0123456789abcdefABCDEF", 4) || json->at - start < 4)
				return false;
		} else if (json->at == json->end || !memchr("\"\\/bfnrt", *json->at++, 8)) {
			return false;
		}
	}
	return next_is(json, '"');
}

static bool take_json_number(struct json *json)
{
	static const char digits[] = "0123456789";

	next_is(json, '-');
	if (!next_is(json, '0') && !take_digits(json, digits, SIZE_MAX))
		return false;
	if (next_is(json, '.') && !take_digits(json, digits, SIZE_MAX))
		return false;
	if (!next_is(json, 'e') && !next_is(json, 'E'))
		return true;
	if (!next_is(json, '-'))
		next_is(json, '+');
	return take_digits(json, digits, SIZE_MAX);
}

static bool take_value(struct json *json);

/* The members of an object or the elements of an array, behind its opening bracket. */
static bool take_members(struct json *json, char close)
{
	skip_blanks(json);
	if (next_is(json, close))
		return true;
	do {
		skip_blanks(json);
		if (close == '}' && !take_json_string(json))
			return false;
		skip_blanks(json);
		if (close == '}' && !next_is(json, ':'))
			return false;
		if (!take_value(json))
			return false;
	} while (next_is(json, ','));
	return next_is(json, close);
}

static bool take_value(struct json *json)
{
	bool good;

	if (++json->depth > DEEPEST)
		return false;
	skip_blanks(json);
	if (next_is(json, '{'))
		good = take_members(json, '}');
	else if (next_is(json, '['))
		good = take_members(json, ']');
	else
		good = take_json_string(json) || take_word(json, "true") ||
		       take_word(json, "false") || take_word(json, "null") ||
		       take_json_number(json);
	skip_blanks(json);
	json->depth--;
	return good;
}

bool is_json(const char *text, size_t length)
{
	struct json json = {.at = text, .end = text + length};

	return take_value(&json) && json.at == json.end;
}
