/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The firmware's table of the AoE boot, good ones and others. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "init/abft.h"

static struct abft abft;
static const char *problem;

/* Makes the sum of all bytes 0, as ACPI wants it. */
static void fix_checksum(uint8_t *table, size_t length)
{
	uint8_t sum = 0;

	table[9] = 0;
	for (size_t i = 0; i < length; i++)
		sum = (uint8_t)(sum + table[i]);
	table[9] = (uint8_t)-sum;
}

/* e7.3 on 52:54:00:00:00:02 */
static void make(uint8_t table[ABFT_LEAST])
{
	static const uint8_t body[] = {7, 0, 3, 0, 0x52, 0x54, 0, 0, 0, 2};

	memset(table, 0, ABFT_LEAST);
	memcpy(table, "aBFT", 4);
	table[4] = ABFT_LEAST;
	table[8] = 1;
	memcpy(table + ABFT_LEAST - sizeof(body), body, sizeof(body));
	fix_checksum(table, ABFT_LEAST);
}

/* In memory of exactly its size. */
static int parse(const uint8_t *table, size_t length)
{
	uint8_t *bytes = malloc(length);
	int rc;

	assert_non_null(bytes);
	memcpy(bytes, table, length);
	problem = "";
	rc = abft_parse(bytes, length, &abft, &problem);
	free(bytes);
	return rc;
}

static void a_table_is_read(void **state)
{
	uint8_t table[ABFT_MOST] = {0};
	char name[AOE_ADDRESS_TEXT], mac[MAC_TEXT];

	(void)state;
	make(table);
	assert_int_equal(parse(table, ABFT_LEAST), 0);
	assert_string_equal(aoe_address_format(abft.address, name), "e7.3");
	assert_string_equal(mac_format(abft.mac, mac), "52:54:00:00:00:02");
	assert_int_equal(parse(table, ABFT_MOST), 0);
	table[36] = 0xfe;
	table[37] = 0xff;
	table[38] = 254;
	fix_checksum(table, ABFT_LEAST);
	assert_int_equal(parse(table, ABFT_LEAST), 0);
	assert_int_equal(abft.address.shelf, AOE_SHELF_MAX);
	/* A later one may have more behind it, which counts in the sum. */
	table[4] = 60;
	table[59] = 1;
	fix_checksum(table, 60);
	assert_int_equal(parse(table, 60), 0);
}

static void other_tables_are_left_alone(void **state)
{
	uint8_t table[ABFT_LEAST];

	(void)state;
	make(table);
	table[0] = 'i';
	assert_int_equal(parse(table, ABFT_LEAST), -ENOENT);
	assert_int_equal(parse(table, 3), -ENOENT);
}

static void assert_damaged(size_t at, uint8_t value, bool fix, const char *expected)
{
	uint8_t table[ABFT_LEAST];

	make(table);
	table[at] = value;
	if (fix)
		fix_checksum(table, ABFT_LEAST);
	assert_int_equal(parse(table, ABFT_LEAST), -EINVAL);
	assert_string_equal(problem, expected);
}

static void a_damaged_table_is_named(void **state)
{
	uint8_t table[ABFT_LEAST];

	(void)state;
	assert_damaged(36, 8, false, "its checksum is wrong");
	assert_damaged(45, 3, false, "its checksum is wrong");
	assert_damaged(4, ABFT_LEAST - 1, true, "its length is wrong");
	assert_damaged(4, ABFT_LEAST + 1, true, "its length is wrong");
	assert_damaged(7, 0xff, true, "its length is wrong");
	assert_damaged(38, 255, true, "it names no shelf and slot");
	assert_damaged(40, 0x53, true, "it names no network card");
	make(table);
	for (size_t length = 4; length < ABFT_LEAST; length++)
		assert_int_equal(parse(table, length), -EINVAL);
	table[36] = table[37] = 0xff;
	fix_checksum(table, ABFT_LEAST);
	assert_int_equal(parse(table, ABFT_LEAST), -EINVAL);
	make(table);
	memset(table + 40, 0, 6);
	fix_checksum(table, ABFT_LEAST);
	assert_int_equal(parse(table, ABFT_LEAST), -EINVAL);
}

/* As iPXE leaves it: somewhere in its memory, among other things. */
static void memory_is_scanned(void **state)
{
	enum { SIZE = 4096, AT = 0x620 };
	uint8_t *memory = calloc(1, SIZE);
	struct abft_findings findings = {0};

	(void)state;
	assert_non_null(memory);
	abft_scan(&findings, memory, SIZE, 0x9e000);
	assert_string_equal(findings.place, "");
	make(memory + AT);
	/* Not where a table may begin, and not whole. */
	memcpy(memory + AT + 56, "aBFT", 4);
	memcpy(memory + SIZE - ABFT_STEP, "aBFT", 4);
	abft_scan(&findings, memory, SIZE, 0x9e000);
	assert_string_equal(findings.place, "memory at 0x9e620");
	assert_int_equal(findings.abft.address.shelf, 7);
	assert_string_equal(findings.other, "");
	assert_string_equal(findings.damaged, "memory at 0x9eff0");
	assert_string_equal(findings.problem, "its length is wrong");
	free(memory);
}

static void two_that_differ_are_told(void **state)
{
	uint8_t table[ABFT_LEAST];
	struct abft_findings findings = {0};

	(void)state;
	make(table);
	abft_note(&findings, "first", table, sizeof(table));
	abft_note(&findings, "again", table, sizeof(table));
	assert_string_equal(findings.other, "");
	table[45]++;
	table[9]--;
	abft_note(&findings, "card", table, sizeof(table));
	assert_string_equal(findings.other, "card");
	table[45]--;
	table[38]++;
	abft_note(&findings, "slot", table, sizeof(table));
	assert_string_equal(findings.other, "slot");
	assert_string_equal(findings.place, "first");
	assert_int_equal(findings.abft.address.slot, 3);
	assert_string_equal(findings.damaged, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_table_is_read),
	        cmocka_unit_test(other_tables_are_left_alone),
	        cmocka_unit_test(a_damaged_table_is_named),
	        cmocka_unit_test(memory_is_scanned),
	        cmocka_unit_test(two_that_differ_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
