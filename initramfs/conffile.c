/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initramfs/conffile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/host/regular.h"

enum { FILE_MAX = 1 << 20 }; /* bytes: more than the files of an image have names */

/* The option of that line has been read: it is in words->word. */
static int add(struct words *words, struct conffile *settings, const char *name, const char *value)
{
	struct setting *list = realloc(settings->list, (settings->count + 1) * sizeof(*list));
	struct setting *setting;

	if (!list)
		return why_memory(words->why);
	settings->list = list;
	setting = &list[settings->count];
	*setting = (struct setting){.name = name, .place = words->place};
	if (value) {
		setting->value = strdup(value);
		if (!setting->value)
			return why_memory(words->why);
	}
	settings->count++;
	return 0;
}

static int add_value(struct words *words, struct conffile *settings, const char *name)
{
	int rc = words_need(words, "what it is to be");

	if (!rc && !*words->word)
		rc = why_set(words->why, -EINVAL, "an empty word");
	return rc ? rc : add(words, settings, name, words->word);
}

static int read_drivers(struct words *words, void *settings)
{
	return add_value(words, settings, "drivers");
}

static int read_filesystems(struct words *words, void *settings)
{
	return add_value(words, settings, "fs");
}

static int read_module(struct words *words, void *settings)
{
	return add_value(words, settings, "module");
}

static int read_file(struct words *words, void *settings)
{
	return add_value(words, settings, "add");
}

static int read_program(struct words *words, void *settings)
{
	return add_value(words, settings, "program");
}

static int read_compression(struct words *words, void *settings)
{
	return add_value(words, settings, "compress");
}

static int read_fsck(struct words *words, void *settings)
{
	return add(words, settings, "fsck", NULL);
}

static int read_verity(struct words *words, void *settings)
{
	return add(words, settings, "verity", NULL);
}

static int read_shell(struct words *words, void *settings)
{
	return add(words, settings, "shell", NULL);
}

static const struct words_directive directives[] = {
        {"drivers", read_drivers}, {"fs", read_filesystems},  {"module", read_module},
        {"add", read_file},        {"program", read_program}, {"fsck", read_fsck},
        {"verity", read_verity},   {"shell", read_shell},     {"compress", read_compression},
};

int conffile_parse(struct conffile *settings, const char *text, size_t length, struct place *place,
                   struct why *why)
{
	return words_directives(text, length, directives,
	                        sizeof(directives) / sizeof(directives[0]), settings, place, why);
}

int conffile_read(struct conffile *settings, const char *path, struct why *why)
{
	struct place place;
	struct why what;
	size_t length;
	char *text;
	int rc = regular_read(path, FILE_MAX, &text, &length);

	if (rc)
		return why_set(why, rc, "%s: %s", path,
		               rc == -EFBIG ? "larger than 1 MiB" : regular_explain(rc));
	rc = conffile_parse(settings, text, length, &place, &what);
	if (rc)
		rc = why_set(why, rc, "%s:%lu:%lu: %s", path, place.line, place.column, what.text);
	free(text);
	return rc;
}

void conffile_release(struct conffile *settings)
{
	for (size_t i = 0; i < settings->count; i++)
		free(settings->list[i].value);
	free(settings->list);
	*settings = (struct conffile){0};
}
