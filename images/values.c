/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "images/values.h"

#include <errno.h>
#include <string.h>

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGIT "0123456789"

int image_parse_size(const char *text, unsigned long long *bytes)
{
	static const char suffixes[] = "KMGT";
	unsigned long long n = 0;
	const char *suffix;
	unsigned shift = 0;

	if (!strspn(text, DIGIT))
		return -EINVAL;
	for (; *text >= '0' && *text <= '9'; text++) {
		if (n > IMAGE_SIZE_MAX)
			continue; /* too large already; a wrong character after it still matters */
		n = n * 10 + (unsigned)(*text - '0');
	}
	if (*text) {
		suffix = strchr(suffixes, *text);
		if (!suffix || text[1])
			return -EINVAL;
		shift = 10 * (unsigned)(suffix - suffixes + 1);
	}
	if (n > IMAGE_SIZE_MAX >> shift || n << shift < IMAGE_SIZE_MIN)
		return -ERANGE;
	*bytes = (n << shift) & ~4095ull;
	return 0;
}

/* The whole text is made of these characters, and there is some. */
static bool made_of(const char *text, const char *characters)
{
	return *text && !text[strspn(text, characters)];
}

bool image_valid_suite(const char *text)
{
	return made_of(text, LOWER DIGIT "-") && *text != '-';
}

/* deb-version(7) and Policy 5.6.1 name the characters; = and / pick a version or a suite. */
bool image_valid_packages(const char *text)
{
	size_t name;

	do {
		name = strcspn(text, ",");
		if (!name || strspn(text, LOWER UPPER DIGIT "+-.:~=/") < name)
			return false;
		if (!strchr(LOWER DIGIT, *text))
			return false;
		text += name;
	} while (*text++);
	return true;
}

bool image_valid_uuid(const char *text)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	size_t i;

	for (i = 0; form[i] && text[i]; i++)
		if (form[i] == '-' ? text[i] != '-' : !strchr(DIGIT "abcdefABCDEF", text[i]))
			return false;
	return !form[i] && !text[i];
}

bool image_valid_label(const char *text)
{
	size_t i;

	for (i = 0; text[i]; i++)
		if (text[i] <= ' ' || text[i] > '~' || strchr("\"'\\/", text[i]))
			return false;
	return i > 0 && i <= IMAGE_LABEL_MAX;
}

bool image_valid_password(const char *text)
{
	return !strpbrk(text, "\r\n");
}

bool image_valid_bootloader(const char *text)
{
	return !strcmp(text, "bios") || !strcmp(text, "uefi") || !strcmp(text, "both");
}

bool image_valid_installer(const char *text)
{
	return !strcmp(text, "etherroot") || !strcmp(text, "debian-installer");
}

bool image_valid_mirror(const char *text)
{
	size_t scheme = strspn(text, LOWER);

	if (!scheme || strncmp(text + scheme, "://", 3))
		return false;
	text += scheme + 3;
	for (size_t i = 0; text[i]; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return false;
	return *text;
}

bool image_valid_device(const char *text)
{
	return made_of(text, LOWER UPPER DIGIT "/_.+-") && !strchr("/-.", *text) &&
	       !strstr(text, "/.");
}

bool image_valid_locale(const char *text)
{
	return made_of(text, LOWER UPPER DIGIT "_.@-") && strchr(LOWER UPPER, *text);
}

bool image_valid_keyboard(const char *text)
{
	return made_of(text, LOWER UPPER DIGIT ",_-") && strchr(LOWER, *text);
}

bool image_valid_timezone(const char *text)
{
	return made_of(text, LOWER UPPER DIGIT "/_+-") && strchr(UPPER, *text);
}

bool image_valid_user(const char *text)
{
	return made_of(text, LOWER DIGIT "_-") && strchr(LOWER "_", *text) &&
	       strlen(text) <= IMAGE_USER_MAX;
}

bool image_valid_hash(const char *text)
{
	return *text == '$' && made_of(text, LOWER UPPER DIGIT "$./=,+-");
}

bool image_valid_key(const char *text)
{
	static const char *const types[] = {"ssh-", "ecdsa-", "sk-"};
	bool known = false;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		known = known || !strncmp(text, types[i], strlen(types[i]));
	return known && strchr(text, ' ') && !strpbrk(text, "\r\n\t");
}

bool image_valid_answer(const char *text)
{
	return !strcmp(text, "yes") || !strcmp(text, "no");
}
