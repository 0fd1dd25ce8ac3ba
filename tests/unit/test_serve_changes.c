/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a reload has to do, from two configuration files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tools/serve/config/changes.h"
#include "tools/serve/config/directives.h"

static const char words[][8] = {"keep", "view", "reopen", "add", "remove"};

static void read_plan(const char *text, struct plan *plan)
{
	struct place place;
	struct why why;

	*plan = (struct plan){0};
	if (directives_parse(text, strlen(text), plan, &place, &why))
		fail_msg("%lu:%lu: %s", place.line, place.column, why.text);
}

/* The steps as text: "keep lan0; add e0.0; ". */
static void describe(const struct changes *changes, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < changes->lan_count; i++) {
		const struct lan_change *c = &changes->lans[i];

		assert_true((c->change == CHANGE_ADD) == !c->before);
		assert_true((c->change == CHANGE_REMOVE) == !c->after);
		used += (size_t)snprintf(text + used, size - used, "%s %s; ", words[c->change],
		                         (c->after ? c->after : c->before)->name);
	}
	for (size_t i = 0; i < changes->export_count; i++) {
		const struct export_change *c = &changes->exports[i];
		char name[AOE_ADDRESS_TEXT];

		assert_true((c->change == CHANGE_ADD) == !c->before);
		assert_true((c->change == CHANGE_REMOVE) == !c->after);
		used += (size_t)snprintf(
		        text + used, size - used, "%s %s; ", words[c->change],
		        aoe_address_format((c->after ? c->after : c->before)->address, name));
	}
}

static void check(const char *before, const char *after, const char *steps)
{
	struct plan old, new;
	struct changes changes;
	char text[4096];

	read_plan(before, &old);
	read_plan(after, &new);
	assert_int_equal(changes_find(&old, &new, &changes), 0);
	describe(&changes, text, sizeof(text));
	assert_string_equal(text, steps);
	changes_release(&changes);
	plan_release(&old);
	plan_release(&new);
}

static void test_sets(void **state)
{
	(void)state;
	check("", "", "");
	check("interface a\nexport 0.0 /x", "interface a\nexport 0.0 /x", "keep a; keep e0.0; ");
	check("", "interface a\nexport 0.0 /x", "add a; add e0.0; ");
	check("interface a\nexport 0.0 /x", "", "remove a; remove e0.0; ");
	/* Their order in the file, and comments, say nothing. */
	check("export 0.1 /y\nexport 0.0 /x\ninterface b\ninterface a",
	      "# new\ninterface a\ninterface b\nexport 0.0 /x\n\nexport 0.1 /y",
	      "keep a; keep b; keep e0.0; keep e0.1; ");
	check("export 0.1 /b\nexport 0.3 /d\nexport 1.0 /e",
	      "export 0.0 /a\nexport 0.3 /d\nexport 0.4 /f",
	      "add e0.0; remove e0.1; keep e0.3; add e0.4; remove e1.0; ");
	check("interface a\ninterface c\nqemu a", "interface b\ninterface c\nqemu b",
	      "remove a; add b; keep c; remove a; add b; ");
	/* A file that moves to another address is taken from one and given to the other. */
	check("export 0.0 /x", "export 0.1 /x", "remove e0.0; add e0.1; ");
	check("export 0.0 /x\nexport 0.1 /y", "export 0.0 /y\nexport 0.1 /x",
	      "reopen e0.0; reopen e0.1; ");
}

/* Each option on its own, there or not, and changed. */
static void test_options(void **state)
{
	static const struct {
		const char *before, *after, *change;
	} cases[] = {
	        {"/x", "/y", "reopen"},
	        {"/x", "/x ro", "reopen"},
	        {"/x", "/x direct", "reopen"},
	        {"/x", "/x lock=no", "reopen"},
	        {"/x", "/x lock=yes", "keep"},
	        {"/x", "/x offset=8", "reopen"},
	        {"/x offset=1M", "/x offset=2048", "keep"},
	        {"/x", "/x length=8", "view"},
	        {"/x length=8", "/x length=16", "view"},
	        {"/x length=8", "/x length=4K", "keep"},
	        {"/x direct", "/x direct length=8", "reopen"},
	        {"/x", "/x cache=writeback", "reopen"},
	        {"/x", "/x config=a", "view"},
	        {"/x config=a", "/x config=b", "view"},
	        {"/x config=a", "/x config=aa", "view"},
	        {"/x config=a", "/x config=a", "keep"},
	        {"/x", "/x mac=02:00:00:00:00:01", "view"},
	        {"/x mac=02:00:00:00:00:01", "/x mac=02:00:00:00:00:02", "view"},
	        {"/x mac=02:00:00:00:00:01", "/x mac=020000000001", "keep"},
	        {"/x mac=02:00:00:00:00:01", "/x mac=02:00:00:00:00:01+02:00:00:00:00:02", "view"},
	        {"/x", "/x vmac=02:00:00:00:00:01", "reopen"},
	        {"/x vmac=02:00:00:00:00:01", "/x vmac=02:00:00:00:00:02", "reopen"},
	        {"/x vmac=02:00:00:00:00:01", "/x vmac=020000000001", "keep"},
	        {"/x", "/x duplicate=allow", "view"},
	        {"/x", "/x writer=one", "view"},
	        {"/x writer=one", "/x writer=one:180", "keep"},
	        {"/x writer=one:60", "/x writer=one", "view"},
	        {"/x", "/x duplicate=refuse", "keep"},
	        {"/x config=a", "/y config=b", "reopen"},
	        {"/x", "/x snapshot", "reopen"},
	        {"/x snapshot", "/x snapshot-size=1G", "keep"},
	        {"/x snapshot", "/x snapshot-size=2G", "view"},
	        {"/x snapshot", "/x snapshot-layers=64", "keep"},
	        {"/x snapshot", "/x snapshot-layers=65", "view"},
	        {"/x snapshot", "/x snapshot-dir=/a", "reopen"},
	        {"/x snapshot-dir=/b", "/x snapshot-dir=/a", "reopen"},
	        {"/x snapshot-dir=/a snapshot", "/x snapshot-dir=/a", "keep"},
	        {"/x snapshot length=8", "/x snapshot length=16", "reopen"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char before[256], after[256], steps[64];

		snprintf(before, sizeof(before), "export 1.2 %s", cases[i].before);
		snprintf(after, sizeof(after), "export 1.2 %s", cases[i].after);
		snprintf(steps, sizeof(steps), "%s e1.2; ", cases[i].change);
		check(before, after, steps);
		check(after, before, steps);
	}
}

/* All pairs of subsets of four exports. */
static void test_all_subsets(void **state)
{
	enum { COUNT = 4, SUBSETS = 1 << COUNT };

	(void)state;
	for (unsigned int before = 0; before < SUBSETS; before++) {
		for (unsigned int after = 0; after < SUBSETS; after++) {
			char old[256] = "", new[256] = "", steps[256] = "";

			for (unsigned int i = 0; i < COUNT; i++) {
				const unsigned int was = before >> i & 1, is = after >> i & 1;
				const enum change change = was && is ? CHANGE_KEEP
				                           : was     ? CHANGE_REMOVE
				                                     : CHANGE_ADD;

				if (was)
					snprintf(old + strlen(old), 32, "export %u.0 /x%u\n", i, i);
				if (is)
					snprintf(new + strlen(new), 32, "export %u.0 /x%u\n", i, i);
				if (was || is)
					snprintf(steps + strlen(steps), 32, "%s e%u.0; ",
					         words[change], i);
			}
			check(old, new, steps);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_sets),
	        cmocka_unit_test(test_options),
	        cmocka_unit_test(test_all_subsets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
