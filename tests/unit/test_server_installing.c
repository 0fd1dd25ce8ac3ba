/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is read of a disk that is being installed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/exact.h"
#include "tools/server/installing.h"

/* Memory of exactly that size. */
static enum installing parse(const char *sector, size_t size, char text[INSTALLING_TEXT])
{
	char *exact = exact_copy(sector, size);
	enum installing found = installing_parse(exact, size, text);

	free(exact);
	return found;
}

static void test_text(void **state)
{
	static const struct {
		const char *sector, *text;
	} cases[] = {
	        {"etherroot install: begun   \nmore", "begun"},
	        {"etherroot install: two words", "two words"},
	        {"etherroot install: ", ""},
	        {"etherroot install: \n", ""},
	        {"etherroot install: a\033[2Jb\377\n", "a?[2Jb?"},
	        {"etherroot install:", NULL},
	        {" etherroot install: begun\n", NULL},
	        {"", NULL},
	};
	char text[INSTALLING_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum installing found = parse(cases[i].sector, strlen(cases[i].sector), text);

		assert_int_equal(found, cases[i].text ? INSTALLING_BEGUN : INSTALLING_NOT);
		assert_string_equal(text, cases[i].text ? cases[i].text : "");
	}
}

/* A sector of which every byte is text. */
static void test_whole_sector(void **state)
{
	char sector[INSTALLING_TEXT], text[INSTALLING_TEXT];

	(void)state;
	memset(sector, 'x', sizeof(sector));
	memcpy(sector, "etherroot install: ", 19);
	assert_int_equal(parse(sector, sizeof(sector), text), INSTALLING_BEGUN);
	assert_int_equal(strlen(text), INSTALLING_TEXT - 19);
}

/* Nothing in a whole sector; what is shorter is no disk, and a boot sector's last byte counts. */
static void test_empty(void **state)
{
	char sector[INSTALLING_TEXT] = {0}, text[INSTALLING_TEXT];

	(void)state;
	assert_int_equal(parse(sector, sizeof(sector), text), INSTALLING_EMPTY);
	assert_int_equal(parse(sector, sizeof(sector) - 1, text), INSTALLING_NOT);
	sector[sizeof(sector) - 1] = (char)0xaa;
	assert_int_equal(parse(sector, sizeof(sector), text), INSTALLING_NOT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_text),
	        cmocka_unit_test(test_whole_sector),
	        cmocka_unit_test(test_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
