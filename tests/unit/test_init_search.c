/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disks that are read by processes beside the boot. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "init/deadline.h"
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

/* Waits until a process has stopped itself. */
static void wait_for_stop(pid_t pid)
{
	siginfo_t info;

	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WSTOPPED | WNOWAIT), 0);
}

/* A process that gets no time to read owes no disk's silence; for ever it is not waited for. */
static void our_own_time_is_no_silence(void **state)
{
	static struct search search;
	struct search_device *device;
	uint64_t long_ago;
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	(void)state;
	assert_int_equal(search_open(&search, epoll), 0);
	device = search_note(&search, absent);
	device->due = false;
	device->is_read = job_start(&device->job, epoll) > 0;
	if (!device->job.pid) {
		raise(SIGSTOP);
		_exit(0);
	}
	wait_for_stop(device->job.pid);
	device->since = deadline_now() - 5000;
	device->answered = device->since;
	search_update(&search, 0);
	assert_true(device->answered > device->since);
	device->since = device->answered = long_ago = deadline_now() - 11000;
	search_update(&search, 0);
	assert_int_equal(device->answered, long_ago);
	search_close(&search);
	close(epoll);
}

/* Of two disks, or a disk and its partitions, the one that was named. */
static void only_one_disk_is_looked_at(void **state)
{
	static struct search search;

	(void)state;
	assert_int_equal(search_open(&search, -1), 0);
	strcpy(search.disk, "e0.1");
	assert_null(search_note(&search, "e0.0"));
	assert_null(search_note(&search, "e0.11"));
	assert_null(search_note(&search, "dm-0"));
	assert_non_null(search_note(&search, "e0.1"));
	assert_non_null(search_note(&search, "e0.1p2"));
	search.made_too = true;
	assert_non_null(search_note(&search, "dm-0"));
	assert_null(search_note(&search, "e0.0"));
	strcpy(search.disk, "e0.1p2");
	assert_null(search_note(&search, "e0.1p21"));
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
	        cmocka_unit_test(our_own_time_is_no_silence),
	        cmocka_unit_test(only_one_disk_is_looked_at),
	        cmocka_unit_test(what_is_announced_has_a_name_and_a_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
