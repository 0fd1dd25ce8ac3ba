/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/mountinfo.h"

#include <string.h>

#include "tools/base/text.h"

/* Places of the words in a line, counted from 0; behind " - " they are counted anew. */
enum { WORD_DEVICE = 2, WORD_PATH = 4, WORD_SOURCE = 1 };

/* The word at a place, cut out of its line; NULL if there is none. */
static char *cut_word(char *line, unsigned place)
{
	while (place--) {
		line = strchr(line, ' ');
		if (!line)
			return NULL;
		line++;
	}
	line[strcspn(line, " ")] = '\0';
	return *line ? line : NULL;
}

static bool is_octal(const char *at)
{
	for (int i = 0; i < 3; i++)
		if (at[i] < '0' || at[i] > '7')
			return false;
	return *at <= '3';
}

/* "\040" for a blank, as the kernel writes it (mangle in fs/proc_namespace.c). */
static void decode(char *path)
{
	char *to = path;

	while (*path) {
		if (*path == '\\' && is_octal(path + 1)) {
			*to++ = (char)((path[1] - '0') << 6 | (path[2] - '0') << 3 |
			               (path[3] - '0'));
			path += 4;
		} else {
			*to++ = *path++;
		}
	}
	*to = '\0';
}

/* Where a word is that is only a hyphen, with the blank before it; or NULL. */
static char *find_separator(char *line)
{
	static const char separator[] = " - ";

	while (*line && strncmp(line, separator, sizeof(separator) - 1) != 0)
		line++;
	return *line ? line : NULL;
}

static bool parse(char *line, struct mountinfo *mount)
{
	char *behind = find_separator(line), *path, *device, *source;

	if (!behind)
		return false;
	*behind = '\0';
	path = cut_word(line, WORD_PATH);
	device = cut_word(line, WORD_DEVICE);
	source = cut_word(behind + 3, WORD_SOURCE);
	if (!path || !device || !source)
		return false;
	decode(path);
	decode(source);
	*mount = (struct mountinfo){path, device, source};
	return true;
}

bool mountinfo_take_last(char *text, struct mountinfo *mount)
{
	while (*text) {
		size_t length = strlen(text);
		char *line;
		bool parsed;

		if (text[length - 1] == '\n')
			text[length - 1] = '\0';
		line = strrchr(text, '\n');
		line = line ? line + 1 : text;
		if (line > text)
			line[-1] = '\0';
		parsed = parse(line, mount);
		*line = '\0'; /* its first word is none of the mount's */
		if (parsed)
			return true;
	}
	return false;
}

bool mountinfo_is_below(const char *path, const char *directory)
{
	size_t length = strlen(directory);

	return text_begins(path, directory) && (!path[length] || path[length] == '/');
}
