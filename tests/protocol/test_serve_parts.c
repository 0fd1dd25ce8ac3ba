/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The target's small pure parts: the IDENTIFY page, exports as text, and when to say what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "tools/aoe/identify.h"
#include "tools/lan/backlog.h"
#include "tools/lan/lan.h"
#include "tools/serve/config/options.h"
#include "tools/serve/engine/clock.h"
#include "tools/serve/export/health.h"

static unsigned int word(const uint8_t *page, unsigned int number)
{
	return page[2 * number] | (unsigned int)page[2 * number + 1] << 8;
}

static void identify_is_what_disks_say(void **state)
{
	const struct identify identify = {
	        .sectors = 0x123456789abc, .serial = "ab", .firmware = "1", .model = "model"};
	uint8_t page[IDENTIFY_SIZE], sum = 0;

	(void)state;
	identify_make(&identify, page);
	assert_int_equal(word(page, 0) & 0x8000, 0); /* ATA, not ATAPI */
	assert_memory_equal(page + 20, "ba  ", 4);   /* swapped in pairs, then blanks */
	assert_memory_equal(page + 54, "omed l  ", 8);
	assert_true(word(page, 49) & 1 << 9); /* LBA */
	/* 28 bits end here; the 48-bit count is whole. */
	assert_int_equal(word(page, 60) | word(page, 61) << 16, 0x0fffffff);
	assert_int_equal(word(page, 100), 0x9abc);
	assert_int_equal(word(page, 101), 0x5678);
	assert_int_equal(word(page, 102), 0x1234);
	assert_int_equal(word(page, 103), 0);
	/* 48 bits and FLUSH CACHE, supported and enabled; Linux takes bit 10 of either word. */
	assert_int_equal(word(page, 83) & 0xc000, 0x4000);
	assert_int_equal(word(page, 83) & 0x3400, 0x3400);
	assert_int_equal(word(page, 86) & 0x3400, 0x3400);
	assert_int_equal(word(page, 1), 16383);
	assert_int_equal(word(page, 3), 16);
	assert_int_equal(word(page, 6), 63);
	assert_int_equal(page[510], 0xa5);
	for (size_t i = 0; i < sizeof(page); i++)
		sum = (uint8_t)(sum + page[i]);
	assert_int_equal(sum, 0);
}

static void identify_comes_back(void **state)
{
	const struct identify cases[] = {
	        {.sectors = 1},
	        {.sectors = 0xffffffffffff,
	         .serial = "12345678901234567890",
	         .firmware = "12345678",
	         .model = "1234567890123456789012345678901234567890"},
	        {.sectors = 63,
	         .write_cache = true,
	         .serial = "a b",
	         .firmware = "x",
	         .model = "a  b"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct identify parsed = {0};
		uint8_t page[IDENTIFY_SIZE];

		identify_make(&cases[i], page);
		identify_parse(page, &parsed);
		assert_int_equal(parsed.sectors, cases[i].sectors);
		assert_int_equal(parsed.write_cache, cases[i].write_cache);
		assert_string_equal(parsed.serial, cases[i].serial);
		assert_string_equal(parsed.firmware, cases[i].firmware);
		assert_string_equal(parsed.model, cases[i].model);
	}
}

static void a_disk_without_48_bits_is_understood(void **state)
{
	const struct identify identify = {.sectors = 4711};
	struct identify parsed;
	uint8_t page[IDENTIFY_SIZE];

	(void)state;
	identify_make(&identify, page);
	memset(page + 2 * 82, 0, 12);
	memset(page + 2 * 100, 0xff, 8);
	identify_parse(page, &parsed);
	assert_int_equal(parsed.sectors, 4711);
}

static void any_page_is_survived(void **state)
{
	struct identify parsed;
	uint8_t page[IDENTIFY_SIZE];

	(void)state;
	for (int byte = 0; byte < 256; byte++) {
		memset(page, byte, sizeof(page));
		identify_parse(page, &parsed);
		assert_true(strlen(parsed.model) <= IDENTIFY_MODEL);
		assert_true(strlen(parsed.serial) <= IDENTIFY_SERIAL);
	}
}

static void an_export_with_everything(void **state)
{
	struct export_options options;
	struct why why;

	(void)state;
	assert_int_equal(export_parse("e3.1=/srv/a,,b=c.img,ro,direct,cache=writeback,lock=no,"
	                              "config=x=,,y,mac=02:00:00:00:00:01+020000000002,"
	                              "mac=02-00-00-00-00-03,vmac=06:00:00:00:00:09,offset=0x10,"
	                              "length=5,lan-admin=no,format=raw",
	                              &options, &why),
	                 0);
	assert_int_equal(options.address.shelf, 3);
	assert_int_equal(options.address.slot, 1);
	assert_string_equal(options.file.path, "/srv/a,b=c.img");
	assert_true(options.file.read_only);
	assert_true(options.file.direct);
	assert_true(options.writeback);
	assert_false(options.file.lock);
	assert_int_equal(options.config_length, 4);
	assert_memory_equal(options.config, "x=,y", 4);
	assert_int_equal(options.mac_count, 3);
	assert_true(options.has_vmac);
	assert_int_equal(options.vmac.octet[5], 9);
	assert_int_equal(options.macs[0].octet[5], 1);
	assert_int_equal(options.macs[1].octet[5], 2);
	assert_int_equal(options.macs[2].octet[5], 3);
	assert_int_equal(options.file.offset, 16);
	assert_int_equal(options.file.length, 5);
	assert_true(options.file.raw);
	export_options_release(&options);
}

static void an_export_with_nothing(void **state)
{
	struct export_options options;
	struct why why;

	(void)state;
	assert_int_equal(export_parse("0.0=x", &options, &why), 0);
	assert_string_equal(options.file.path, "x");
	assert_false(options.file.read_only);
	assert_false(options.file.direct);
	assert_false(options.writeback);
	assert_true(options.file.lock);
	assert_int_equal(options.config_length, 0);
	assert_int_equal(options.mac_count, 0);
	assert_int_equal(options.file.offset, 0);
	assert_int_equal(options.file.length, 0);
	export_options_release(&options);
}

static void messages_are_counted(void **state)
{
	struct limit limit = {0};
	unsigned long count = 0;

	(void)state;
	assert_true(limit_pass(&limit, 5000, 1, &count));
	assert_int_equal(count, 1);
	assert_false(limit_pass(&limit, 5001, 3, &count));
	assert_false(limit_pass(&limit, 5000 + LIMIT_INTERVAL - 1, 0, &count));
	assert_true(limit_pass(&limit, 5000 + LIMIT_INTERVAL, 0, &count));
	assert_int_equal(count, 3);
	assert_false(limit_pass(&limit, 5000 + 5 * LIMIT_INTERVAL, 0, &count));
}

static void health_comes_back_after_a_calm(void **state)
{
	struct health health = {0};
	unsigned long count = 0;
	uint64_t duration = 0;

	(void)state;
	assert_false(health_worked(&health, 1000, 0, 512, &duration));
	assert_true(health_failed(&health, 1000, 512, &count));
	assert_false(health_failed(&health, 4000, 1024, &count));
	/* Others may work in between: not yet. */
	assert_false(health_worked(&health, 4000 + HEALTH_CALM - 1, 1024, 512, &duration));
	/* And elsewhere does not count at all. */
	assert_false(health_worked(&health, 4000 + HEALTH_CALM, 0, 1024, &duration));
	assert_false(health_worked(&health, 4000 + HEALTH_CALM, 1536, 512, &duration));
	assert_true(health_worked(&health, 4000 + HEALTH_CALM, 512, 1024, &duration));
	assert_int_equal(duration, 3000);
	assert_false(health_worked(&health, 20000, 512, 1024, &duration));
	/* A new failure is said at once. */
	assert_true(health_failed(&health, 20001, 0, &count));
}

static void a_clock_that_is_set_is_noticed(void **state)
{
	struct clock_watch watch = {0};

	(void)state;
	assert_int_equal(clock_step(&watch, 1000000, 500), 0);
	assert_int_equal(clock_step(&watch, 1001000, 1500), 0);
	assert_int_equal(clock_step(&watch, 1062000, 2500), 60000);
	assert_int_equal(clock_step(&watch, 1063000, 3500), 0);
	assert_int_equal(clock_step(&watch, 1000, 4500), -1063000);
	assert_int_equal(clock_step(&watch, 2000, 5500), 0);
}

static void a_backlog_keeps_the_order_and_its_limit(void **state)
{
	struct backlog backlog = {0};

	(void)state;
	assert_int_equal(backlog_push(&backlog, "one", 3, 6), 0);
	assert_int_equal(backlog_push(&backlog, "two", 3, 6), 0);
	assert_int_equal(backlog_push(&backlog, "x", 1, 6), -ENOBUFS);
	assert_memory_equal(backlog.first->data, "one", 3);
	backlog_pop(&backlog);
	assert_memory_equal(backlog.first->data, "two", 3);
	assert_int_equal(backlog_push(&backlog, "six", 3, 6), 0);
	assert_int_equal(backlog_clear(&backlog), 2);
	assert_int_equal(backlog.bytes, 0);
	assert_int_equal(backlog_push(&backlog, "again", 5, 6), 0);
	assert_int_equal(backlog_clear(&backlog), 1);
}

static void every_error_of_a_lan_has_words(void **state)
{
	static const int errors[] = {ENODEV,     EPERM,  EMEDIUMTYPE,  EAFNOSUPPORT,
	                             EADDRINUSE, EEXIST, ENAMETOOLONG, ECONNREFUSED};

	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		assert_string_not_equal(lan_explain(-errors[i]), strerror(errors[i]));
	assert_string_equal(lan_explain(-EIO), strerror(EIO));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(identify_is_what_disks_say),
	        cmocka_unit_test(identify_comes_back),
	        cmocka_unit_test(a_disk_without_48_bits_is_understood),
	        cmocka_unit_test(any_page_is_survived),
	        cmocka_unit_test(an_export_with_everything),
	        cmocka_unit_test(an_export_with_nothing),
	        cmocka_unit_test(messages_are_counted),
	        cmocka_unit_test(health_comes_back_after_a_calm),
	        cmocka_unit_test(a_clock_that_is_set_is_noticed),
	        cmocka_unit_test(a_backlog_keeps_the_order_and_its_limit),
	        cmocka_unit_test(every_error_of_a_lan_has_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
