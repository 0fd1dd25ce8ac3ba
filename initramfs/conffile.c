/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initramfs/conffile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/host/configuration.h"

enum { FILE_MIB = 1 }; /* more than the files of an image have names */

/* The option of that line has been read. */
static int add(struct words *words, struct conffile *settings, const char *value)
{
	struct setting *list = realloc(settings->list, (settings->count + 1) * sizeof(*list));
	struct setting *setting;

	if (!list)
		return why_memory(words->why);
	settings->list = list;
	setting = &list[settings->count];
	*setting = (struct setting){.name = words->directive, .place = words->place};
	if (value) {
		setting->value = strdup(value);
		if (!setting->value)
			return why_memory(words->why);
	}
	settings->count++;
	return 0;
}

static int read_value(struct words *words, void *settings)
{
	int rc = words_need(words, "what it is to be");

	if (!rc && !*words->word)
		rc = why_set(words->why, -EINVAL, "an empty word");
	return rc ? rc : add(words, settings, words->word);
}

static int read_flag(struct words *words, void *settings)
{
	return add(words, settings, NULL);
}

static const struct words_directive directives[] = {
        {"drivers", read_value}, {"fs", read_value},      {"module", read_value},
        {"add", read_value},     {"program", read_value}, {"fsck", read_flag},
        {"verity", read_flag},   {"shell", read_flag},    {"compress", read_value},
};

int conffile_parse(const char *text, size_t length, struct conffile *settings, struct place *place,
                   struct why *why)
{
	return words_directives(text, length, directives,
	                        sizeof(directives) / sizeof(directives[0]), settings, place, why);
}

static int parse(const char *text, size_t length, void *settings, struct place *place,
                 struct why *why)
{
	return conffile_parse(text, length, settings, place, why);
}

int conffile_read(struct conffile *settings, const char *path, struct why *why)
{
	return configuration_load(path, FILE_MIB, parse, settings, why);
}

void conffile_release(struct conffile *settings)
{
	for (size_t i = 0; i < settings->count; i++)
		free(settings->list[i].value);
	free(settings->list);
	*settings = (struct conffile){0};
}
