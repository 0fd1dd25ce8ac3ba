/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/moddb.h"

#include <errno.h>
#include <string.h>

#include "init/glob.h"
#include "tools/base/text.h"

static struct span next_line(struct span *rest)
{
	const char *newline = rest->length ? memchr(rest->at, '\n', rest->length) : NULL;
	struct span line = {rest->at, newline ? (size_t)(newline - rest->at) : rest->length};
	size_t taken = line.length + (newline != NULL);

	rest->at += taken;
	rest->length -= taken;
	return line;
}

struct span moddb_next_word(struct span *rest)
{
	struct span word;
	size_t i = 0;

	while (i < rest->length && (rest->at[i] == ' ' || rest->at[i] == '\t'))
		i++;
	word.at = rest->at + i;
	while (i < rest->length && rest->at[i] != ' ' && rest->at[i] != '\t')
		i++;
	word.length = (size_t)(rest->at + i - word.at);
	rest->at += i;
	rest->length -= i;
	return word;
}

static int is(struct span word, const char *text)
{
	return word.length == strlen(text) && !memcmp(word.at, text, word.length);
}

/* Copies a span into a buffer as a string; -EINVAL if it does not fit. */
static int copy(struct span span, char *buffer, size_t size)
{
	if (span.length >= size)
		return -EINVAL;
	memcpy(buffer, span.at, span.length);
	buffer[span.length] = '\0';
	return 0;
}

int moddb_name(struct span path, char name[MODULE_NAME])
{
	const char *start = path.at, *end = path.at + path.length;
	int rc;

	for (const char *c = start; c < end; c++)
		if (*c == '/')
			start = c + 1;
	for (const char *c = start; c < end; c++)
		if (*c == '.')
			end = c;
	rc = copy((struct span){start, (size_t)(end - start)}, name, MODULE_NAME);
	for (char *c = name; !rc && *c; c++)
		if (*c == '-')
			*c = '_';
	return rc ? rc : *name ? 0 : -EINVAL;
}

int moddb_find(const struct moddb *db, const char *name, struct moddb_module *module)
{
	struct span rest = db->dep;

	while (rest.length) {
		struct span line = next_line(&rest);
		const char *colon = line.length ? memchr(line.at, ':', line.length) : NULL;
		char found[MODULE_NAME];
		struct span path;

		if (!colon)
			continue;
		path = (struct span){line.at, (size_t)(colon - line.at)};
		if (moddb_name(path, found) ||
		    !text_same_name(found, strlen(found), name, strlen(name)))
			continue;
		module->path = path;
		module->dependencies = (struct span){colon + 1, line.length - path.length - 1};
		return 0;
	}
	return -ENOENT;
}

/*
 * Cuts the next "alias PATTERN NAME" line off *rest. Returns false at the end. The longest modalias
 * is an acpi or dmi one; the kernel's buffer for a uevent, which holds it, has 2 KiB.
 */
enum { PATTERN = 512 };

static bool next_alias(struct span *rest, char pattern[PATTERN], char name[MODULE_NAME])
{
	while (rest->length) {
		struct span line = next_line(rest);

		if (is(moddb_next_word(&line), "alias") &&
		    !copy(moddb_next_word(&line), pattern, PATTERN) &&
		    !copy(moddb_next_word(&line), name, MODULE_NAME) && *name)
			return true;
	}
	return false;
}

int moddb_match(const struct moddb *db, const char *alias, size_t *cursor, char name[MODULE_NAME])
{
	char pattern[PATTERN];
	struct span rest;

	if (*cursor > db->alias.length)
		return 0;
	rest = (struct span){db->alias.at + *cursor, db->alias.length - *cursor};
	while (next_alias(&rest, pattern, name)) {
		*cursor = (size_t)(rest.at - db->alias.at);
		if (glob_matches(pattern, alias))
			return 1;
	}
	*cursor = db->alias.length;
	return 0;
}

bool moddb_suits_cpu(const struct moddb *db, const char *name, const char *cpu)
{
	char pattern[PATTERN], candidate[MODULE_NAME];
	struct span rest = db->alias;
	bool suits = true;

	while (*cpu && next_alias(&rest, pattern, candidate)) {
		if (!text_begins(pattern, "cpu:") ||
		    !text_same_name(candidate, strlen(candidate), name, strlen(name)))
			continue;
		if (glob_matches(pattern, cpu))
			return true;
		suits = false;
	}
	return suits;
}

struct span moddb_softdep(const struct moddb *db, const char *name, const char *which)
{
	struct span rest = db->softdep;

	while (rest.length) {
		struct span line = next_line(&rest), word;

		if (!is(moddb_next_word(&line), "softdep"))
			continue;
		word = moddb_next_word(&line);
		if (!text_same_name(word.at, word.length, name, strlen(name)))
			continue;
		while ((word = moddb_next_word(&line)).length) {
			struct span list = line;

			if (!is(word, which))
				continue;
			/* Up to the next word that ends with a colon. */
			while ((word = moddb_next_word(&line)).length)
				if (word.at[word.length - 1] == ':')
					return (struct span){list.at, (size_t)(word.at - list.at)};
			return list;
		}
	}
	return (struct span){0};
}
