/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The answers file of `etherroot install`: what it means, and what is said of a wrong one. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "images/answers.h"
#include "tests/unit/exact.h"

static int parse(const char *text, struct settings *settings, struct place *place, struct why *why)
{
	char *exact = exact_copy(text, strlen(text));
	int rc = answers_parse(exact, strlen(text), settings, place, why);

	free(exact);
	return rc;
}

static void test_taken(void **state)
{
	static const char text[] =
	        "# a workstation\n"
	        "suite bookworm\n"
	        "mirror http://mirror.example/debian\n"
	        "include vim git\n"
	        "include openssh-server\n"
	        "kernel linux-image-amd64\n"
	        "hostname ws1\n"
	        "label ws1\n"
	        "locale de_DE.UTF-8\n"
	        "keyboard de\n"
	        "timezone America/Argentina/Buenos_Aires\n"
	        "bootloader both\n"
	        "hook /srv/first\n"
	        "hook \"/srv/the second\"\n"
	        "overwrite yes\n"
	        "user root \"password= two words \"\n"
	        "user alice hash=$y$j9T$abc./$def sudo \"key=ssh-ed25519 AAAA a@b\" "
	        "\"key=ssh-rsa BBBB\"\n"
	        "user ali\n";
	static const struct {
		enum setting setting;
		const char *value;
	} expected[] = {
	        {SETTING_SUITE, "bookworm"},
	        {SETTING_MIRROR, "http://mirror.example/debian"},
	        {SETTING_INCLUDE, "vim,git,openssh-server"},
	        {SETTING_KERNEL, "linux-image-amd64"},
	        {SETTING_HOSTNAME, "ws1"},
	        {SETTING_LABEL, "ws1"},
	        {SETTING_LOCALE, "de_DE.UTF-8"},
	        {SETTING_KEYBOARD, "de"},
	        {SETTING_TIMEZONE, "America/Argentina/Buenos_Aires"},
	        {SETTING_BOOTLOADER, "both"},
	        {SETTING_HOOK, "/srv/first\n/srv/the second"},
	        {SETTING_OVERWRITE, "yes"},
	        {SETTING_USER, "root \n"
	                       "root password= two words \n"
	                       "alice \n"
	                       "alice hash=$y$j9T$abc./$def\n"
	                       "alice sudo\n"
	                       "alice key=ssh-ed25519 AAAA a@b\n"
	                       "alice key=ssh-rsa BBBB\n"
	                       "ali "},
	};
	struct settings settings = {0};
	struct place place;
	struct why why;

	(void)state;
	assert_int_equal(parse(text, &settings, &place, &why), 0);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		assert_string_equal(settings.value[expected[i].setting], expected[i].value);
	assert_null(settings.value[SETTING_OUTPUT]);
	settings_free(&settings);
}

#define ROOT "user root password=x\n"

static void test_refused(void **state)
{
	static const struct {
		const char *text;
		unsigned long line, column;
		const char *says;
	} cases[] = {
	        {"", 1, 1, "nobody could log in: a line like 'user root password=...' is missing"},
	        {"user alice sudo\n", 2, 1, "nobody could log in"},
	        {"suit trixie\n", 1, 1, "'suit': unknown: there are suite, mirror, "},
	        {"suite Trixie\n", 1, 7, "'Trixie': not a code name such as trixie"},
	        {"suite\n", 1, 6, "a code name such as trixie is missing"},
	        {ROOT "suite trixie\nsuite trixie\n", 3, 1, "it is said already, above"},
	        {"suite trixie bookworm\n", 1, 14, "'bookworm': nothing more belongs here"},
	        {"include\n", 1, 8, "a package is missing"},
	        {"include vim -y\n", 1, 13, "'-y': not package names"},
	        {"hostname a_b\n", 1, 10, "'a_b': not a host name"},
	        {"bootloader grub\n", 1, 12, "'grub': neither bios nor uefi nor both"},
	        {"locale ../x\n", 1, 8, "'../x': not a locale such as de_DE.UTF-8"},
	        {"keyboard \"de\\\"\"\n", 1, 10, "not a keyboard's layout such as de"},
	        {"timezone ../etc/shadow\n", 1, 10, "not a time zone such as Europe/Berlin"},
	        {"overwrite maybe\n", 1, 11, "'maybe': neither yes nor no"},
	        {"hook bin/true\n", 1, 6, "'bin/true': not a full path"},
	        {"user\n", 1, 5, "a user's name is missing"},
	        {"user Alice password=x\n", 1, 6, "'Alice': not a user's name"},
	        {"user a123456789012345678901234567890x2\n", 1, 6, "not a user's name"},
	        {ROOT "user root\n", 2, 6, "'root': this user is there already"},
	        {"user a x\n", 1, 8, "'x': unknown: there are password=, hash=, key= and sudo"},
	        {"user a password=\n", 1, 8, "password=: empty"},
	        {"user a hash=secret\n", 1, 8, "hash=: not a hash of crypt(5)"},
	        {"user a password=x hash=$1\n", 1, 19, "a second password: a user has one"},
	        {"user a key=AAAA\n", 1, 8, "key=: not a line of authorized_keys"},
	        {"user a password=x\001\n", 1, 18, "a byte 0x01"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct settings settings = {0};
		struct place place;
		struct why why;

		assert_int_equal(parse(cases[i].text, &settings, &place, &why), -EINVAL);
		if (!strstr(why.text, cases[i].says))
			fail_msg("%s: %s", cases[i].text, why.text);
		if (place.line != cases[i].line || place.column != cases[i].column)
			fail_msg("%s: at %lu:%lu", cases[i].text, place.line, place.column);
		for (size_t k = 0; k < SETTINGS; k++)
			assert_null(settings.value[k]);
	}
}

/* A password is nobody's to read in a log. */
static void test_secrets_stay(void **state)
{
	struct settings settings = {0};
	struct place place;
	struct why why;

	(void)state;
	assert_int_equal(parse("user a hash=geheim\n", &settings, &place, &why), -EINVAL);
	assert_null(strstr(why.text, "geheim"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_taken),
	        cmocka_unit_test(test_refused),
	        cmocka_unit_test(test_secrets_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
