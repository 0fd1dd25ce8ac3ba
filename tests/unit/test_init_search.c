/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disks that are read by processes beside the boot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "init/search.h"

/* No machine that tests run on has a disk of this name. */
static const char absent[] = "e65534.254";

/* Waits for a process to end, and leaves to the search to see it. */
static void wait_for_end(pid_t pid)
{
	siginfo_t info;

	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
}

/* One that ends just before somebody asks for the silent ones must not be lost. */
static void an_end_is_seen_whoever_looks_first(void **state)
{
	static struct search search;
	struct search_device *device;
	char silent[32];
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	(void)state;
	assert_int_equal(search_open(&search, epoll), 0);
	device = search_note(&search, absent);
	search_update(&search, 0);
	assert_true(device->is_read);
	assert_false(device->was_read);
	assert_false(search_is_over(&search, device->since - 1));
	assert_true(search_is_over(&search, device->since)); /* it is silent */
	wait_for_end(device->job.pid);
	search_list_silent(&search, UINT64_MAX, silent, sizeof(silent));
	assert_string_equal(silent, absent);
	search_update(&search, 0);
	assert_true(device->was_read);
	assert_true(search_is_over(&search, 0));
	search_note(&search, "e65534.253");
	assert_false(search_is_over(&search, 0));
	assert_int_not_equal(device->reading->rc, 0);
	search_close(&search);
	close(epoll);
}

/* What programs make of disks has no directory of its own, and what is no disk no name. */
static void what_is_announced_has_a_name_and_a_path(void **state)
{
	char path[DISK_PATH];

	(void)state;
	assert_string_equal(disk_announced("etherd/e0.0p1"), "e0.0p1");
	assert_string_equal(disk_announced("dm-1"), "dm-1");
	assert_string_equal(disk_announced("md127"), "md127");
	assert_null(disk_announced("sda"));
	assert_null(disk_announced("loop0"));
	assert_string_equal(disk_path(path, "e0.0p1"), "/dev/etherd/e0.0p1");
	assert_string_equal(disk_path(path, "dm-1"), "/dev/dm-1");
	assert_string_equal(disk_path(path, "md127"), "/dev/md127");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(an_end_is_seen_whoever_looks_first),
	        cmocka_unit_test(what_is_announced_has_a_name_and_a_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
