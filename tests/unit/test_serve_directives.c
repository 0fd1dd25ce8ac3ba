/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration file: what it means, and where it is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/exact.h"
#include "tools/serve/config/directives.h"

static int parse(const char *text, size_t length, struct plan *plan, struct place *place,
                 struct why *why)
{
	char *bytes = exact_copy(text, length);
	int rc;

	*plan = (struct plan){0};
	rc = directives_parse(bytes, length, plan, place, why);
	free(bytes);
	return rc;
}

static void accept(const char *text, struct plan *plan)
{
	struct place place;
	struct why why;

	if (parse(text, strlen(text), plan, &place, &why))
		fail_msg("%lu:%lu: %s", place.line, place.column, why.text);
}

static void test_everything(void **state)
{
	struct plan plan;

	(void)state;
	accept("# a comment\n"
	       "\n"
	       "interface lan1\n"
	       "  interface\tlan0   # another\n"
	       "qemu \"/run/a b\"\n"
	       "mac 02:00:00:00:00:aa\n"
	       "buffers 16\n"
	       "export 3.1 /srv/b.img ro direct mac=02:00:00:00:00:01+02:00:00:00:00:02 "
	       "mac=020000000003\n"
	       "export e0.0 \"/srv/a \\\"1\\\", \\\\.img\" config=\"hello world\" "
	       "cache=writeback lock=no duplicate=allow offset=2 length=1M",
	       &plan);
	assert_int_equal(plan.lan_count, 3);
	assert_string_equal(plan.lans[0].name, "lan0");
	assert_int_equal(plan.lans[0].place.line, 4);
	assert_int_equal(plan.lans[0].place.column, 13);
	assert_string_equal(plan.lans[1].name, "lan1");
	assert_string_equal(plan.lans[2].name, "/run/a b");
	assert_true(plan.lans[2].qemu);
	assert_true(plan.has_mac);
	assert_int_equal(plan.mac.octet[5], 0xaa);
	assert_int_equal(plan.buffers, 16);
	assert_int_equal(plan.export_count, 2);
	assert_int_equal(plan.exports[0].address.shelf, 0);
	assert_string_equal(plan.exports[0].file.path, "/srv/a \"1\", \\.img");
	assert_int_equal(plan.exports[0].config_length, 11);
	assert_memory_equal(plan.exports[0].config, "hello world", 11);
	assert_true(plan.exports[0].writeback);
	assert_true(plan.exports[0].duplicate);
	assert_false(plan.exports[0].file.lock);
	assert_int_equal(plan.exports[0].file.offset, 2);
	assert_int_equal(plan.exports[0].file.length, 2048);
	assert_int_equal(plan.exports[1].address.shelf, 3);
	assert_true(plan.exports[1].file.read_only);
	assert_true(plan.exports[1].file.lock);
	assert_int_equal(plan.exports[1].mac_count, 3);
	plan_release(&plan);
}

static void test_nothing(void **state)
{
	static const char *const texts[] = {"", "\n", "#", "   ", "\n\n#x\n", "\t# \"\n"};
	struct plan plan;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		accept(texts[i], &plan);
		assert_int_equal(plan.export_count + plan.lan_count, 0);
		plan_release(&plan);
	}
}

/* Not the start of a word: part of it. */
static void test_marks_within_words(void **state)
{
	struct plan plan;

	(void)state;
	accept("export 0.0 /a#b,c\\d'e config=x\" # \"y", &plan);
	assert_string_equal(plan.exports[0].file.path, "/a#b,c\\d'e");
	assert_int_equal(plan.exports[0].config_length, 5);
	assert_memory_equal(plan.exports[0].config, "x # y", 5);
	plan_release(&plan);
}

static void test_wrong(void **state)
{
	static const struct {
		const char *text;
		unsigned long line, column;
		const char *why;
	} cases[] = {
	        {"\n exprt 0.0 /x", 2, 2,
	         "'exprt': unknown: there are interface, qemu, mac, buffers and export"},
	        {"Interface lan0", 1, 1, "'Interface': unknown: "},
	        {"interface", 1, 10, "the name of an interface is missing"},
	        {"interface  # lan0", 1, 12, "the name of an interface is missing"},
	        {"interface \"\"", 1, 11, "an empty name"},
	        {"interface lan0 lan1", 1, 16, "'lan1': nothing more belongs here"},
	        {"interface lan0\ninterface lan1\ninterface lan0\n", 3, 11,
	         "lan0: named twice: once is enough"},
	        {"qemu", 1, 5, "the path of a socket is missing"},
	        {"mac 01:00:00:00:00:00", 1, 5, "'01:00:00:00:00:00': not the address of a host"},
	        {"mac 02:00:00:00:00:00\nmac 02:00:00:00:00:00", 2, 5, "a second mac"},
	        {"buffers 1", 1, 9, "'1': not a number from 2 to 65535"},
	        {"buffers 9\nbuffers 9", 2, 9, "a second buffers"},
	        {"export", 1, 7, "an address like 0.0 is missing"},
	        {"export 0.0", 1, 11, "the path of what is exported is missing"},
	        {"export 0.0 \"\"", 1, 12, "an empty path"},
	        {"export 0,0 /x", 1, 8, "'0,0': not an address like 0.0"},
	        {"export 0.255 /x", 1, 8,
	         "'0.255': shelves go from 0 to 65534, slots from 0 to 254"},
	        {"export 0.0=/x", 1, 8, "'0.0=/x': not an address like 0.0"},
	        {"export 0.0 /x ro rw", 1, 18, "option 'rw': unknown: there are ro, direct, "},
	        {"export 0.0 /x  mac=1", 1, 16, "option 'mac': '1': not a list of MAC addresses"},
	        {"export 0.0 /x offset=1x", 1, 15,
	         "option 'offset': '1x': not a number of sectors of 512 bytes, nor a size like "},
	        {"export 0.0 /x\n# \nexport 0.1 /y\n  export 0.0 /z", 4, 10,
	         "e0.0: named twice, for /x and /z: give one of them another shelf or slot"},
	        {"export 0.0 \"/x ro\nexport", 1, 12, "a quote that does not end on its line"},
	        {"export 0.0 /x config=\"a\\", 1, 22, "a quote that does not end on its line"},
	        {"interface lan0\r\n", 1, 15,
	         "a byte 0x0d, which has no place in this file: end its lines as UNIX does"},
	        {"interface \"a\x01\"", 1, 13, "a byte 0x01, which has no place in this file"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct place place;
		struct plan plan;
		struct why why;

		assert_int_equal(parse(cases[i].text, strlen(cases[i].text), &plan, &place, &why),
		                 -EINVAL);
		if (strncmp(why.text, cases[i].why, strlen(cases[i].why)) != 0 ||
		    place.line != cases[i].line || place.column != cases[i].column)
			fail_msg("case %zu: %lu:%lu: %s", i, place.line, place.column, why.text);
		assert_int_equal(plan.export_count + plan.lan_count, 0);
	}
}

static void test_zero_byte(void **state)
{
	static const char text[] = "interface lan0\0x\n";
	struct place place;
	struct plan plan;
	struct why why;

	(void)state;
	assert_int_equal(parse(text, sizeof(text) - 1, &plan, &place, &why), -EINVAL);
	assert_int_equal(place.column, 15);
	assert_string_equal(why.text, "a byte 0x00, which has no place in this file");
}

/* Each beginning of a file, and each with one byte exchanged, is taken or refused with a place. */
static void test_mutations(void **state)
{
	static const char text[] = "interface lan0 # x\nqemu \"/a\\\"b\"\nmac 02:00:00:00:00:01\n"
	                           "buffers 2\nexport 1.2 /x ro config=\"a b\" length=1M\n";
	static const char bytes[] = {0, '\n', '\t', ' ', '"', '\\', '#', '=', 'x', (char)0xff};
	char changed[sizeof(text)];

	(void)state;
	for (size_t at = 0; at < sizeof(text) - 1; at++) {
		for (size_t b = 0; b <= sizeof(bytes); b++) {
			size_t length = b < sizeof(bytes) ? sizeof(text) - 1 : at;
			struct place place;
			struct plan plan;
			struct why why;

			memcpy(changed, text, sizeof(text));
			if (b < sizeof(bytes))
				changed[at] = bytes[b];
			if (parse(changed, length, &plan, &place, &why)) {
				assert_true(place.line >= 1 && place.line <= 6 &&
				            place.column >= 1);
				assert_true(*why.text);
			}
			plan_release(&plan);
		}
	}
}

static void test_sizes(void **state)
{
	static const struct {
		const char *text;
		uint64_t sectors; /* 0: refused */
	} cases[] = {
	        {"1", 1},
	        {"0x10", 16},
	        {"281474976710655", 281474976710655},
	        {"281474976710656", 0},
	        {"1K", 2},
	        {"1k", 2},
	        {"10M", 20480},
	        {"1G", 2097152},
	        {"131071T", (uint64_t)131071 << 31},
	        {"131072T", 0},
	        {"18446744073709551615T", 0},
	        {"99999999999999999999999999999999999999999999999M", 0},
	        {"0", 0},
	        {"0K", 0},
	        {"", 0},
	        {"K", 0},
	        {"1KB", 0},
	        {"1.5G", 0},
	        {"-1", 0},
	        {" 1", 0},
	        {"1 K", 0},
	        {"1P", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t sectors = 0;
		struct why why;
		int rc = sectors_parse(cases[i].text, 1, &sectors, &why);

		if (rc != (cases[i].sectors ? 0 : -EINVAL) || sectors != cases[i].sectors)
			fail_msg("%s: %d, %llu", cases[i].text, rc, (unsigned long long)sectors);
	}
}

/* What can only be said once is the command line's, where that says it. */
static void test_merge(void **state)
{
	static const char text[] = "interface b\nmac 02:00:00:00:00:02\nbuffers 5\nexport 0.1 /y\n";
	const struct mac own = {{2, 0, 0, 0, 0, 1}};
	struct plan plan = {.mac = own, .has_mac = true, .buffers = 9}, more = {0};
	struct place place;
	struct why why;

	(void)state;
	assert_int_equal(directives_parse(text, strlen(text), &more, &place, &why), 0);
	assert_int_equal(plan_merge(&plan, &more), 0);
	assert_int_equal(plan.buffers, 9);
	assert_true(mac_equal(plan.mac, own));
	assert_int_equal(plan.export_count, 1);
	assert_int_equal(plan.lan_count, 1);
	plan_release(&plan);
	more = (struct plan){0};
	assert_int_equal(directives_parse(text, strlen(text), &more, &place, &why), 0);
	assert_int_equal(plan_merge(&plan, &more), 0);
	assert_int_equal(plan.buffers, 5);
	assert_int_equal(plan.mac.octet[5], 2);
	assert_true(plan.has_mac);
	plan_release(&plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_everything),
	        cmocka_unit_test(test_nothing),
	        cmocka_unit_test(test_marks_within_words),
	        cmocka_unit_test(test_wrong),
	        cmocka_unit_test(test_zero_byte),
	        cmocka_unit_test(test_mutations),
	        cmocka_unit_test(test_sizes),
	        cmocka_unit_test(test_merge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
