/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said of a device that is the wanted one, and cannot be read. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "init/deadline.h"
#include "init/wanted.h"

static const struct root_address address = {
        .kind = ROOT_PARTUUID, .text = "PARTUUID=0badcafe-01", .value = "0badcafe-01"};

/* A device with the wanted name, whose content could not be read for this reason a moment ago. */
static void assert_told(int rc, enum fail_code code)
{
	static struct wait wait;
	static struct device found;
	struct wanted wanted = {.matched = 1};
	struct search_device *device;
	struct failure failure;

	wait.epoll = -1;
	assert_int_equal(wanted_open(&wanted, &wait, &address, &found), 0);
	device = search_note(&wanted.search, "e65534.254p1");
	device->due = false;
	device->was_read = true;
	device->finished = deadline_now();
	device->reading->rc = rc;
	strcpy(device->reading->partition.uuid, address.value);
	assert_int_equal(wanted_look(&wanted, &failure), -EAGAIN);
	assert_true(wanted.has_problem);
	assert_int_equal(wanted.problem.code, code);
	wanted_close(&wanted);
}

static void the_disk_is_not_accused_of_what_this_machine_lacks(void **state)
{
	(void)state;
	assert_told(-EIO, FAIL_IO);
	assert_told(-ENXIO, FAIL_IO);
	assert_told(-ENOENT, FAIL_NOFS);
	assert_told(-ENOMEM, FAIL_SYSTEM);
	assert_told(-EMFILE, FAIL_SYSTEM);
	assert_told(-ENFILE, FAIL_SYSTEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_disk_is_not_accused_of_what_this_machine_lacks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
