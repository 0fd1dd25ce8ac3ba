/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The answers file of `etherroot install`. A file is refused at a place of its text, with nothing
 * left of it; of one that is taken each value is what its setting may be, each user's line begins
 * with a name that is one, and somebody can log in.
 */
#include <errno.h>
#include <string.h>

#include "images/answers.h"
#include "images/values.h"
#include "tests/fuzz/fuzz.h"

static void check_refused(const char *text, size_t length, const struct settings *settings,
                          const struct place *place, const struct why *why)
{
	ALWAYS(*why->text && is_printable(why->text));
	ALWAYS(is_place(text, length, place));
	for (size_t i = 0; i < SETTINGS; i++)
		ALWAYS(!settings->value[i]);
}

/* "NAME WORD"; returns true for a word that one can log in with. */
static bool check_user(char *line)
{
	char *word = strchr(line, ' ');

	ALWAYS(word);
	*word++ = '\0';
	ALWAYS(image_valid_user(line));
	ALWAYS(!*word || !strcmp(word, "sudo") || !strncmp(word, "password=", 9) ||
	       !strncmp(word, "hash=$", 6) || !strncmp(word, "key=", 4));
	return *word && strcmp(word, "sudo") != 0;
}

static void check_taken(struct settings *settings)
{
	bool login = false;
	char *rest = settings->value[SETTING_USER];

	ALWAYS(rest);
	for (char *line; (line = strsep(&rest, "\n"));)
		login |= check_user(line);
	ALWAYS(login);
	for (size_t i = 0; i < SETTINGS; i++)
		ALWAYS(!settings->value[i] || !settings_complaint(i, settings->value[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct settings settings = {0};
	struct place place = {0};
	struct why why = {""};
	int rc = answers_parse((const char *)data, size, &settings, &place, &why);

	ALWAYS(!rc || rc == -EINVAL);
	if (rc)
		check_refused((const char *)data, size, &settings, &place, &why);
	else
		check_taken(&settings);
	settings_free(&settings);
	return 0;
}
