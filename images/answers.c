/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "images/answers.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "images/values.h"

struct answers {
	struct settings *settings;
	bool login; /* somebody can log in */
};

/* ---- what is said in one word, or in several of which each counts ---- */

static int take(struct words *words, struct answers *answers, enum setting setting)
{
	const char *complaint = settings_complaint(setting, words->word);

	if (complaint)
		return why_set(words->why, -EINVAL, "'%.60s': %s", words->word, complaint);
	return settings_add(answers->settings, setting, words->word) ? why_memory(words->why) : 0;
}

static int take_only(struct words *words, void *context, enum setting setting, const char *what)
{
	struct answers *answers = context;

	if (answers->settings->value[setting])
		return why_set(words->why, -EINVAL, "it is said already, above");
	if (words_need(words, what))
		return -EINVAL;
	return take(words, answers, setting);
}

static int take_all(struct words *words, void *context, enum setting setting, const char *what)
{
	int rc = words_need(words, what);

	if (!rc)
		rc = take(words, context, setting);
	while (!rc && words_find(words)) {
		rc = words_read(words);
		if (!rc)
			rc = take(words, context, setting);
	}
	return rc;
}

static int read_suite(struct words *words, void *context)
{
	return take_only(words, context, SETTING_SUITE, "a code name such as trixie");
}

static int read_mirror(struct words *words, void *context)
{
	return take_only(words, context, SETTING_MIRROR, "a URI");
}

static int read_kernel(struct words *words, void *context)
{
	return take_all(words, context, SETTING_KERNEL, "a package");
}

static int read_include(struct words *words, void *context)
{
	return take_all(words, context, SETTING_INCLUDE, "a package");
}

static int read_hostname(struct words *words, void *context)
{
	return take_only(words, context, SETTING_HOSTNAME, "a name");
}

static int read_label(struct words *words, void *context)
{
	return take_only(words, context, SETTING_LABEL, "a label");
}

static int read_bootloader(struct words *words, void *context)
{
	return take_only(words, context, SETTING_BOOTLOADER, "bios, uefi or both");
}

static int read_locale(struct words *words, void *context)
{
	return take_only(words, context, SETTING_LOCALE, "a locale");
}

static int read_keyboard(struct words *words, void *context)
{
	return take_only(words, context, SETTING_KEYBOARD, "a layout");
}

static int read_timezone(struct words *words, void *context)
{
	return take_only(words, context, SETTING_TIMEZONE, "a time zone");
}

static int read_overwrite(struct words *words, void *context)
{
	return take_only(words, context, SETTING_OVERWRITE, "yes or no");
}

/* Where the installer runs, not where the file is checked: it is looked at then. */
static int read_hook(struct words *words, void *context)
{
	struct answers *answers = context;

	if (words_need(words, "the path of a program"))
		return -EINVAL;
	if (*words->word != '/')
		return why_set(words->why, -EINVAL, "'%.60s': not a full path", words->word);
	return take(words, answers, SETTING_HOOK);
}

/* ---- users ---- */

/* Whether one of that name was among those before. */
static bool is_known(const struct answers *answers, const char *name)
{
	const char *line = answers->settings->value[SETTING_USER];
	size_t length = strlen(name);

	for (; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, name, length) && line[length] == ' ')
			return true;
	}
	return false;
}

/* "name=" in front of what it is to hold; the value, or NULL for another word. */
static const char *value_of(const char *word, const char *name)
{
	size_t length = strlen(name);

	return strncmp(word, name, length) ? NULL : word + length;
}

static int refuse_word(struct words *words, const char *text)
{
	return why_set(words->why, -EINVAL, "%s", text);
}

/* What can be said of a user. *secret: a password or its hash was seen. */
static int check_user_word(struct words *words, struct answers *answers, bool *secret)
{
	const char *password = value_of(words->word, "password=");
	const char *hash = value_of(words->word, "hash=");
	const char *key = value_of(words->word, "key=");

	if (!strcmp(words->word, "sudo"))
		return 0;
	answers->login = true;
	if (key)
		return image_valid_key(key)
		               ? 0
		               : refuse_word(words, "key=: not a line of authorized_keys, like "
		                                    "\"key=ssh-ed25519 AAAA... name\"");
	if (!password && !hash)
		return why_set(words->why, -EINVAL,
		               "'%.60s': unknown: there are password=, hash=, key= and sudo",
		               words->word);
	if (*secret)
		return refuse_word(words, "a second password: a user has one");
	*secret = true;
	/* The word itself stays out of messages. */
	if (hash && !image_valid_hash(hash))
		return refuse_word(words, "hash=: not a hash of crypt(5), which begins with '$': "
		                          "mkpasswd makes one");
	return password && !*password ? refuse_word(words, "password=: empty") : 0;
}

static int add_user_word(struct words *words, struct answers *answers, const char *name,
                         const char *word)
{
	char *line;
	int rc;

	if (asprintf(&line, "%s %s", name, word) < 0)
		return why_memory(words->why);
	rc = settings_add(answers->settings, SETTING_USER, line);
	free(line);
	return rc ? why_memory(words->why) : 0;
}

static int read_user(struct words *words, void *context)
{
	char name[IMAGE_USER_MAX + 1];
	struct answers *answers = context;
	bool secret = false;
	int rc = words_need(words, "a user's name");

	if (rc)
		return rc;
	if (!image_valid_user(words->word))
		return why_set(words->why, -EINVAL,
		               "'%.60s': not a user's name: lower case letters, digits, hyphens, "
		               "at most %d",
		               words->word, IMAGE_USER_MAX);
	if (is_known(answers, words->word))
		return why_set(words->why, -EINVAL, "'%s': this user is there already",
		               words->word);
	strcpy(name, words->word);
	rc = add_user_word(words, answers, name, "");
	while (!rc && words_find(words)) {
		rc = words_read(words);
		if (!rc)
			rc = check_user_word(words, answers, &secret);
		if (!rc)
			rc = add_user_word(words, answers, name, words->word);
	}
	return rc;
}

/* ---- all of it ---- */

static const struct words_directive directives[] = {
        {"suite", read_suite},         {"mirror", read_mirror},         {"kernel", read_kernel},
        {"include", read_include},     {"hostname", read_hostname},     {"label", read_label},
        {"locale", read_locale},       {"keyboard", read_keyboard},     {"timezone", read_timezone},
        {"user", read_user},           {"bootloader", read_bootloader}, {"hook", read_hook},
        {"overwrite", read_overwrite},
};

int answers_parse(const char *text, size_t length, struct settings *settings, struct place *place,
                  struct why *why)
{
	struct answers answers = {.settings = settings};
	int rc = words_directives(text, length, directives,
	                          sizeof(directives) / sizeof(directives[0]), &answers, place, why);

	if (!rc && !answers.login)
		rc = why_set(
		        why, -EINVAL,
		        "nobody could log in: a line like 'user root password=...' is missing");
	if (rc)
		settings_free(settings);
	return rc;
}
