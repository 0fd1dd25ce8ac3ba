/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls that a thread makes, and that nobody may wait for any more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/eventfd.h>
#include <unistd.h>

#include "tools/host/aside.h"

enum { DEADLINE = 120000 };

struct work {
	int begin, dropped; /* eventfds */
};

static void wait_to_begin(void *owner)
{
	struct work *work = owner;
	eventfd_t value;

	eventfd_read(work->begin, &value);
}

static void drop(void *owner)
{
	struct work *work = owner;

	eventfd_write(work->dropped, 1);
}

static void test_done(void **state)
{
	struct work work = {eventfd(0, EFD_CLOEXEC), eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
	struct aside *aside;
	eventfd_t value;

	(void)state;
	assert_int_equal(aside_start(wait_to_begin, drop, &work, &aside), 0);
	assert_false(aside_wait(aside, 10));
	assert_int_equal(eventfd_write(work.begin, 1), 0);
	assert_true(aside_wait(aside, DEADLINE));
	assert_true(aside_end(aside));
	assert_int_equal(eventfd_read(work.dropped, &value), -1);
	close(work.begin);
	close(work.dropped);
}

static void test_given_up(void **state)
{
	struct work work = {eventfd(0, EFD_CLOEXEC), eventfd(0, EFD_CLOEXEC)};
	struct aside *aside;
	eventfd_t value;

	(void)state;
	assert_int_equal(aside_start(wait_to_begin, drop, &work, &aside), 0);
	assert_false(aside_end(aside));
	assert_int_equal(eventfd_write(work.begin, 1), 0);
	assert_int_equal(eventfd_read(work.dropped, &value), 0);
	close(work.begin);
	close(work.dropped);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_done),
	        cmocka_unit_test(test_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
