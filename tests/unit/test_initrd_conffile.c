/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file of --config: options in their order, and what is no option refused at its place. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "initramfs/conffile.h"

static int parse(struct conffile *settings, const char *text, struct place *place, struct why *why)
{
	*settings = (struct conffile){0};
	return conffile_parse(text, strlen(text), settings, place, why);
}

static void options_in_their_order(void **state)
{
	static const char text[] = "# all there is\n"
	                           "drivers virtual,e1000e\n"
	                           "fs ext4\n\n"
	                           "module \"a module\"\n"
	                           "add /etc/a:/etc/b # a file\n"
	                           "program /sbin/p\n"
	                           "fsck\n"
	                           "  verity\n"
	                           "shell\n"
	                           "compress zstd:19\n"
	                           "fs xfs";
	static const struct {
		const char *name, *value;
		unsigned long line, column;
	} expected[] = {
	        {"drivers", "virtual,e1000e", 2, 9},
	        {"fs", "ext4", 3, 4},
	        {"module", "a module", 5, 8},
	        {"add", "/etc/a:/etc/b", 6, 5},
	        {"program", "/sbin/p", 7, 9},
	        {"fsck", NULL, 8, 1},
	        {"verity", NULL, 9, 3},
	        {"shell", NULL, 10, 1},
	        {"compress", "zstd:19", 11, 10},
	        {"fs", "xfs", 12, 4},
	};
	struct conffile settings;
	struct place place;
	struct why why;

	(void)state;
	assert_int_equal(parse(&settings, text, &place, &why), 0);
	assert_int_equal(settings.count, sizeof(expected) / sizeof(expected[0]));
	for (size_t i = 0; i < settings.count; i++) {
		assert_string_equal(settings.list[i].name, expected[i].name);
		if (expected[i].value)
			assert_string_equal(settings.list[i].value, expected[i].value);
		else
			assert_null(settings.list[i].value);
		assert_int_equal(settings.list[i].place.line, expected[i].line);
		assert_int_equal(settings.list[i].place.column, expected[i].column);
	}
	conffile_release(&settings);
	assert_int_equal(settings.count, 0);
}

static void what_is_refused(void **state)
{
	static const struct {
		const char *text, *why;
		unsigned long line, column;
	} wrong[] = {
	        {"fsck\noutput /x\n", "'output': unknown: there are drivers, ", 2, 1},
	        {"config /etc/x\n", "'config': unknown: ", 1, 1},
	        {"drivers\n", "what it is to be is missing", 1, 8},
	        {"fs \"\"\n", "an empty word", 1, 4},
	        {"fsck yes\n", "'yes': nothing more belongs here", 1, 6},
	        {"fs ext4 xfs\n", "'xfs': nothing more belongs here", 1, 9},
	        {"shell\r\n", "a byte 0x0d, ", 1, 6},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct conffile settings;
		struct place place;
		struct why why;

		assert_int_equal(parse(&settings, wrong[i].text, &place, &why), -EINVAL);
		if (strncmp(why.text, wrong[i].why, strlen(wrong[i].why)) != 0)
			fail_msg("%s: %s", wrong[i].text, why.text);
		assert_int_equal(place.line, wrong[i].line);
		assert_int_equal(place.column, wrong[i].column);
		conffile_release(&settings);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(options_in_their_order),
	        cmocka_unit_test(what_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
