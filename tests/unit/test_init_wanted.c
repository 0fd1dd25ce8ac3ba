/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said of a device that is the wanted one, and cannot be read. */
#include <errno.h>
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
#include "init/wanted.h"

static const struct root_address address = {
        .kind = ROOT_PARTUUID, .text = "PARTUUID=0badcafe-01", .value = "0badcafe-01"};

/* A device with the wanted name, whose content could not be read for this reason; not to be read
 * again. */
static void add_found(struct search *search, int rc)
{
	struct search_device *device = search_note(search, "e65534.254p1");

	device->due = false;
	device->was_read = device->was_retried = true;
	device->finished = deadline_now() + 60000;
	device->reading->rc = rc;
	strcpy(device->reading->partition.uuid, address.value);
}

static void assert_told(int rc, enum fail_code code)
{
	static struct wait wait;
	static struct device found;
	struct wanted wanted = {.matched = 1};
	struct failure failure;

	wait.epoll = -1;
	assert_int_equal(wanted_open(&wanted, &wait, &address, &found), 0);
	add_found(&wanted.search, rc);
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

/* A disk that has owed an answer for longer than is waited for: its reader is a process that
 * stands. */
static void add_silent(struct search *search)
{
	struct search_device *device = search_note(search, "e65534.253");
	siginfo_t info;

	device->due = false;
	device->is_read = job_start(&device->job, search->epoll) > 0;
	if (!device->job.pid) {
		raise(SIGSTOP);
		_exit(0);
	}
	assert_int_equal(waitid(P_PID, (id_t)device->job.pid, &info, WSTOPPED | WNOWAIT), 0);
	device->since = device->answered = deadline_now() - 11000;
}

/* Also where it falls silent only after the one that was found could not be read. */
static void a_silent_disk_is_told_when_there_is_one(void **state)
{
	static struct wait wait;
	static struct device found;
	struct wanted wanted = {.matched = 1};
	struct failure failure;

	(void)state;
	wait.epoll = epoll_create1(EPOLL_CLOEXEC);
	assert_int_equal(wanted_open(&wanted, &wait, &address, &found), 0);
	add_found(&wanted.search, -EIO);
	assert_int_equal(wanted_look(&wanted, &failure), -EAGAIN);
	assert_true(wanted.has_problem);
	assert_false(wanted.told_of_silent);
	add_silent(&wanted.search);
	assert_int_equal(wanted_look(&wanted, &failure), -EAGAIN);
	assert_true(wanted.told_of_silent);
	wanted_close(&wanted);
	close(wait.epoll);
}

/* Looks until the device has been read. */
static void look_until_read(struct wanted *wanted, const struct search_device *device)
{
	struct epoll_event event;
	struct failure failure;

	do
		assert_int_equal(wanted_look(wanted, &failure), -EAGAIN);
	while (device->is_read && epoll_wait(wanted->wait->epoll, &event, 1, 30000) == 1);
	assert_true(device->was_read && !device->is_read);
}

/* It has a name before it can be opened: it may be the one that is meant as well. */
static void a_disk_that_only_just_appears_is_waited_for(void **state)
{
	static struct wait wait;
	static struct device found;
	struct wanted wanted = {.matched = 1};
	struct search_device *appearing;

	(void)state;
	wait.epoll = epoll_create1(EPOLL_CLOEXEC);
	assert_int_equal(wanted_open(&wanted, &wait, &address, &found), 0);
	add_found(&wanted.search, -EIO);
	appearing = search_note(&wanted.search, "e65534.251");
	look_until_read(&wanted, appearing);
	assert_int_equal(appearing->reading->rc, -ENODEV);
	assert_false(wanted.has_problem);
	assert_true(wanted.next_look > deadline_now());
	/* But not for ever. */
	appearing->due = true;
	look_until_read(&wanted, appearing);
	assert_true(wanted.has_problem);
	wanted_close(&wanted);
	close(wait.epoll);
}

/* As long as a process has it open, what the kernel has read of it is not read anew. */
static void nobody_keeps_a_disk_open_that_is_to_be_read_again(void **state)
{
	static struct wait wait;
	static struct device found;
	struct wanted wanted = {.matched = 1};
	struct failure failure;
	siginfo_t info;

	(void)state;
	wait.epoll = epoll_create1(EPOLL_CLOEXEC);
	assert_int_equal(wanted_open(&wanted, &wait, &address, &found), 0);
	add_found(&wanted.search, -ENOENT);
	found.reader = (struct job){.pid = fork(), .fd = -1};
	assert_true(found.reader.pid >= 0);
	if (!found.reader.pid) {
		alarm(60);
		pause();
		_exit(0);
	}
	assert_int_equal(wanted_look(&wanted, &failure), -EAGAIN);
	alarm(30);
	if (found.reader.pid)
		assert_int_equal(waitid(P_PID, (id_t)found.reader.pid, &info, WEXITED | WNOWAIT),
		                 0);
	alarm(0);
	assert_int_equal(wanted_look(&wanted, &failure), -EAGAIN);
	assert_false(job_runs(&found.reader));
	assert_true(wanted.has_problem);
	wanted_close(&wanted);
	close(wait.epoll);
}

/* The kernel drops a disk's partitions before it reads them anew: they are not gone. */
static void what_a_disk_has_is_not_told_while_it_is_read(void **state)
{
	static const struct root_address partition = {
	        .kind = ROOT_AOE, .address = {65534, 252}, .partition = 7};
	static const struct cmdline cmdline;
	static struct wait wait;
	static struct device found;
	struct wanted wanted = {.matched = 1};
	struct failure failure;

	(void)state;
	wait.epoll = epoll_create1(EPOLL_CLOEXEC);
	wait.cmdline = &cmdline;
	assert_int_equal(wanted_open(&wanted, &wait, &partition, &found), 0);
	wanted.announced = wanted.reported = wanted.has_problem = true;
	failure_set(&wanted.problem, FAIL_NOPART, "e65534.252p7", "it has e65534.252p1", NULL);
	if (!job_start(&wanted.rescan, wait.epoll)) {
		alarm(60);
		pause();
		_exit(0);
	}
	assert_int_equal(wanted_look(&wanted, &failure), -EAGAIN);
	assert_string_equal(wanted.problem.saw, "it has e65534.252p1");
	job_end(&wanted.rescan);
	wanted_close(&wanted);
	close(wait.epoll);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_disk_is_not_accused_of_what_this_machine_lacks),
	        cmocka_unit_test(a_silent_disk_is_told_when_there_is_one),
	        cmocka_unit_test(a_disk_that_only_just_appears_is_waited_for),
	        cmocka_unit_test(nobody_keeps_a_disk_open_that_is_to_be_read_again),
	        cmocka_unit_test(what_a_disk_has_is_not_told_while_it_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
