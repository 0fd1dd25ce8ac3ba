/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who may write to an export that has one writer at a time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tools/serve/export/writer.h"

enum { START = 1000000, KEEP = 180000 };

static const struct mac a = {{2, 0, 0, 0, 0, 1}}, b = {{2, 0, 0, 0, 0, 2}};

static void the_first_one_is_the_writer(void **state)
{
	struct writer writer = {0};

	(void)state;
	assert_true(writer_allows(&writer, b, KEEP, START));
	assert_true(writer_take(&writer, a, START));
	assert_true(writer_allows(&writer, a, KEEP, START));
	assert_false(writer_take(&writer, a, START + 1));
	assert_false(writer_allows(&writer, b, KEEP, START + KEEP - 1));
	assert_true(writer_allows(&writer, b, KEEP, START + KEEP));
	assert_true(writer_take(&writer, b, START + KEEP));
	assert_false(writer_allows(&writer, a, KEEP, START + KEEP));
}

/* Whatever it sends; what others send says nothing of it. */
static void it_keeps_that_as_long_as_it_is_heard(void **state)
{
	struct writer writer = {0};

	(void)state;
	writer_seen(&writer, a, START);
	assert_false(writer.held);
	writer_take(&writer, a, START);
	writer_seen(&writer, b, START + KEEP - 1);
	assert_true(writer_allows(&writer, b, KEEP, START + KEEP));
	writer_seen(&writer, a, START + KEEP - 1);
	assert_false(writer_allows(&writer, b, KEEP, START + KEEP));
	assert_true(writer_allows(&writer, b, KEEP, START + 2 * KEEP - 1));
}

static void a_refusal_is_said_once_of_each(void **state)
{
	struct writer writer = {0};
	uint64_t now = START;

	(void)state;
	writer_take(&writer, a, now);
	assert_true(writer_is_to_tell(&writer, b, now));
	assert_false(writer_is_to_tell(&writer, b, now + 10 * LIMIT_INTERVAL));
	/* A crowd is said of slowly, and nobody of it is left out for good. */
	for (uint8_t i = 3; i < 3 + WRITER_TOLD; i++) {
		const struct mac c = {{2, 0, 0, 0, 0, i}};

		assert_false(writer_is_to_tell(&writer, c, now + 1));
		now += LIMIT_INTERVAL;
		assert_true(writer_is_to_tell(&writer, c, now));
	}
	/* Under another writer they begin anew. */
	writer_take(&writer, b, now);
	assert_true(writer_is_to_tell(&writer, a, now));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_first_one_is_the_writer),
	        cmocka_unit_test(it_keeps_that_as_long_as_it_is_heard),
	        cmocka_unit_test(a_refusal_is_said_once_of_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
