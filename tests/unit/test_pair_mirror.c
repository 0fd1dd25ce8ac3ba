/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /proc/drbd of DRBD 8.4. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "tests/unit/exact.h"
#include "tools/pair/mirror.h"

#define VERSION "version: 8.4.11 (api:1/proto:86-101)\nsrcversion: 211FB288A383ED945B83420 \n"

static void parse(const char *text, struct mirrors *mirrors)
{
	char *bytes = exact_copy(text, strlen(text) + 1);

	mirrors_parse(bytes, mirrors);
	free(bytes);
}

static void test_two(void **state)
{
	struct mirrors mirrors;
	const struct mirror *m;

	(void)state;
	parse(VERSION
	      " 1: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----\n"
	      "    ns:0 nr:0 dw:0 dr:2128 al:0 bm:0 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:0\n"
	      "\n"
	      "12: cs:SyncSource ro:Secondary/Primary ds:UpToDate/Inconsistent C r---n-\n"
	      "    ns:7168 nr:0 dw:0 dr:9296 al:0 bm:0 lo:0 pe:1 ua:0 ap:0 ep:1 wo:f oos:1024\n"
	      "\t[=>..................] sync'ed: 12.5% (7168/8192)K\n"
	      "\tfinish: 0:00:07 speed: 1,024 (1,024) K/sec\n",
	      &mirrors);
	assert_true(mirrors.loaded);
	assert_int_equal(mirrors.count, 2);
	m = mirrors_find(&mirrors, 1);
	assert_non_null(m);
	assert_string_equal(m->connection, "Connected");
	assert_string_equal(m->role[0], "Primary");
	assert_string_equal(m->role[1], "Secondary");
	assert_string_equal(m->disk[1], "UpToDate");
	assert_false(m->syncing || m->suspended);
	assert_int_equal(m->differing, 0);
	m = mirrors_find(&mirrors, 12);
	assert_non_null(m);
	assert_int_equal(m->differing, 1024);
	assert_string_equal(m->disk[1], "Inconsistent");
	assert_true(m->syncing);
	assert_true(m->percent > 12.4 && m->percent < 12.6);
	assert_string_equal(m->finish, "0:00:07");
	assert_true(mirror_is_connected(m));
	assert_null(mirrors_find(&mirrors, 2));
}

static void test_alone(void **state)
{
	struct mirrors mirrors;

	(void)state;
	parse(VERSION " 0: cs:Unconfigured\n"
	              " 1: cs:WFConnection ro:Primary/Unknown ds:UpToDate/DUnknown C s-----\n",
	      &mirrors);
	assert_int_equal(mirrors.count, 1);
	assert_int_equal(mirrors.list[0].minor, 1);
	assert_true(mirrors.list[0].suspended);
	assert_false(mirror_is_connected(&mirrors.list[0]));
}

/* As it is after 'drbdadm disconnect', and after a split brain: no protocol. */
static void test_not_looking(void **state)
{
	struct mirrors mirrors;

	(void)state;
	parse(VERSION " 1: cs:StandAlone ro:Primary/Unknown ds:UpToDate/Outdated   r-----\n"
	              "    ns:0 nr:0 dw:0 dr:0 al:0 bm:0 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:64\n",
	      &mirrors);
	assert_int_equal(mirrors.count, 1);
	assert_string_equal(mirrors.list[0].connection, "StandAlone");
	assert_string_equal(mirrors.list[0].disk[1], "Outdated");
	assert_false(mirrors.list[0].suspended);
	assert_int_equal(mirrors.list[0].differing, 64);
}

static void test_nothing(void **state)
{
	struct mirrors mirrors;

	(void)state;
	parse("", &mirrors);
	assert_false(mirrors.loaded);
	assert_int_equal(mirrors.count, 0);
	/* DRBD 9 has no more than this there. */
	parse("version: 9.2.4 (api:2/proto:86-121)\nGIT-hash: 0\n", &mirrors);
	assert_true(mirrors.loaded);
	assert_int_equal(mirrors.count, 0);
}

static void test_what_is_no_device(void **state)
{
	struct mirrors mirrors;

	(void)state;
	parse(" 1: cs:ConnectedConnectedConnected ro:Primary/Secondary ds:UpToDate/UpToDate C "
	      "r---\n"
	      " 999: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----\n"
	      " 2: cs:Connected ro:Primary/Secondary ds:UpToDate\n"
	      "sync'ed: 50%\n",
	      &mirrors);
	assert_int_equal(mirrors.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_two),
	        cmocka_unit_test(test_alone),
	        cmocka_unit_test(test_not_looking),
	        cmocka_unit_test(test_nothing),
	        cmocka_unit_test(test_what_is_no_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
