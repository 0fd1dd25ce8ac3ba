/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The init's reading of depmod's files, and its patterns. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "init/glob.h"
#include "init/moddb.h"

/* A copy without a '\0' behind it, so that the sanitizer sees a byte too far. */
static struct span exactly(const char *text)
{
	char *copy = malloc(strlen(text) + !*text);

	assert_non_null(copy);
	memcpy(copy, text, strlen(text));
	return (struct span){copy, strlen(text)};
}

static struct moddb make_db(const char *dep, const char *alias, const char *softdep)
{
	return (struct moddb){exactly(dep), exactly(alias), exactly(softdep)};
}

static void free_db(struct moddb *db)
{
	free((void *)(uintptr_t)db->dep.at);
	free((void *)(uintptr_t)db->alias.at);
	free((void *)(uintptr_t)db->softdep.at);
}

static void assert_span(struct span span, const char *text)
{
	assert_int_equal(span.length, strlen(text));
	assert_memory_equal(span.at, text, span.length);
}

static void modules_are_found_by_either_dash(void **state)
{
	struct moddb db =
	        make_db("kernel/a/virtio-net.ko: kernel/b.ko kernel/c.ko\nkernel/b.ko:", "", "");
	struct moddb_module module;

	(void)state;
	assert_int_equal(moddb_find(&db, "virtio_net", &module), 0);
	assert_span(module.path, "kernel/a/virtio-net.ko");
	assert_span(module.dependencies, " kernel/b.ko kernel/c.ko");
	assert_int_equal(moddb_find(&db, "b", &module), 0);
	assert_span(module.dependencies, "");
	assert_int_equal(moddb_find(&db, "c", &module), -ENOENT);
	free_db(&db);
}

static void names_come_from_paths(void **state)
{
	char name[MODULE_NAME];
	char too_long[2 * MODULE_NAME];

	(void)state;
	assert_int_equal(moddb_name((struct span){"kernel/x/snd-hda.ko.xz", 22}, name), 0);
	assert_string_equal(name, "snd_hda");
	assert_int_equal(moddb_name((struct span){"kernel/", 7}, name), -EINVAL);
	memset(too_long, 'a', sizeof(too_long));
	assert_int_equal(moddb_name((struct span){too_long, MODULE_NAME - 1}, name), 0);
	assert_int_equal(moddb_name((struct span){too_long, MODULE_NAME}, name), -EINVAL);
	assert_int_equal(moddb_name((struct span){too_long, sizeof(too_long)}, name), -EINVAL);
}

static void aliases_match_all_their_modules(void **state)
{
	struct moddb db = make_db("",
	                          "# a comment\n"
	                          "alias virtio:d00000001v* virtio_net\n"
	                          "alias pci:v00008086d0000100Esv*sd*bc*sc*i* e1000\n"
	                          "alias pci:v00008086d*sv*sd*bc02sc00i* second\n"
	                          "alias broken\n"
	                          "alias crc32c crc32c_generic",
	                          "");
	char name[MODULE_NAME];
	size_t cursor = 0;

	(void)state;
	assert_int_equal(moddb_match(&db, "virtio:d00000001v00001AF4", &cursor, name), 1);
	assert_string_equal(name, "virtio_net");
	assert_int_equal(moddb_match(&db, "virtio:d00000001v00001AF4", &cursor, name), 0);
	cursor = 0;
	assert_int_equal(moddb_match(&db, "pci:v00008086d0000100Esv1sd2bc02sc00i00", &cursor, name),
	                 1);
	assert_string_equal(name, "e1000");
	assert_int_equal(moddb_match(&db, "pci:v00008086d0000100Esv1sd2bc02sc00i00", &cursor, name),
	                 1);
	assert_string_equal(name, "second");
	assert_int_equal(moddb_match(&db, "pci:v00008086d0000100Esv1sd2bc02sc00i00", &cursor, name),
	                 0);
	cursor = 0;
	assert_int_equal(moddb_match(&db, "crc32c", &cursor, name), 1);
	assert_string_equal(name, "crc32c_generic");
	free_db(&db);
}

static void softdeps_are_split(void **state)
{
	struct moddb db = make_db("", "",
	                          "softdep ext4 pre: crc32c\n"
	                          "softdep btrfs pre: crc32c pre: xxhash64\n"
	                          "softdep both pre: a b post: c\n"
	                          "softdep none\n");

	(void)state;
	assert_span(moddb_softdep(&db, "ext4", "pre:"), " crc32c");
	assert_span(moddb_softdep(&db, "ext4", "post:"), "");
	assert_span(moddb_softdep(&db, "both", "pre:"), " a b ");
	assert_span(moddb_softdep(&db, "both", "post:"), " c");
	assert_span(moddb_softdep(&db, "none", "pre:"), "");
	free_db(&db);
}

static void processors_decide_about_modules(void **state)
{
	struct moddb db = make_db("",
	                          "alias cpu:type:x86,ven*fam*mod*:feature:*0094* crc32c_intel\n"
	                          "alias crc32c crc32c_intel\n"
	                          "alias crc32c crc32c_generic\n",
	                          "");

	(void)state;
	assert_true(
	        moddb_suits_cpu(&db, "crc32c_generic", "cpu:type:x86,ven0fam6mod1:feature:,0001"));
	assert_false(
	        moddb_suits_cpu(&db, "crc32c-intel", "cpu:type:x86,ven0fam6mod1:feature:,0001"));
	assert_true(moddb_suits_cpu(&db, "crc32c_intel",
	                            "cpu:type:x86,ven0fam6mod1:feature:,0001,0094,0100"));
	assert_true(moddb_suits_cpu(&db, "crc32c_intel", ""));
	free_db(&db);
}

static void patterns_match_whole_texts(void **state)
{
	static const struct {
		const char *pattern, *text;
		bool matches;
	} cases[] = {
	        {"", "", true},
	        {"", "a", false},
	        {"*", "", true},
	        {"a*", "a", true},
	        {"*a", "bba", true},
	        {"*a", "bab", false},
	        {"a*b*c", "axxbyyc", true},
	        {"a*b*c", "axxbyy", false},
	        {"?", "x", true},
	        {"?", "", false},
	        {"[a-c]x", "bx", true},
	        {"[a-c]x", "dx", false},
	        {"[!a]", "b", true},
	        {"[!a]", "a", false},
	        {"[]]", "]", true},
	        {"[ab", "a", false},
	        {"[", "[", false},
	        {"a\\*", "a*", true},
	        {"a\\*", "ab", false},
	        {"\\", "\\", true},
	        {"pci:v*d*", "pci:v1d", true},
	        {"*****************************b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (glob_matches(cases[i].pattern, cases[i].text) != cases[i].matches)
			fail_msg("'%s' against '%s'", cases[i].pattern, cases[i].text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(modules_are_found_by_either_dash),
	        cmocka_unit_test(names_come_from_paths),
	        cmocka_unit_test(aliases_match_all_their_modules),
	        cmocka_unit_test(softdeps_are_split),
	        cmocka_unit_test(processors_decide_about_modules),
	        cmocka_unit_test(patterns_match_whole_texts),
	};

	return cmocka_run_group_tests_name("init: modules", tests, NULL, NULL);
}
