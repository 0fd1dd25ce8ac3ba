/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A store in a file, over transfers that end as the test says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tools/serve/store/store.h"

enum { SIZE = 8192 };

static struct io_task *submitted;
static unsigned int submissions, done;

static struct io_device *create_device(struct io *io)
{
	struct io_device *device = calloc(1, sizeof(*device));

	assert_non_null(device);
	device->io = io;
	return device;
}

static void free_device(struct io_device *device)
{
	free(device);
}

static void submit(struct io_user *user, struct io_task *task)
{
	(void)user;
	submitted = task;
	submissions++;
}

static const struct io_operations operations = {.name = "test",
                                                .device_create = create_device,
                                                .device_free = free_device,
                                                .submit = submit};

static void set_done(struct store_request *request)
{
	(void)request;
	done++;
}

static void end(ssize_t result)
{
	submitted->result = result;
	submitted->done(submitted);
}

/* A signal came to a thread of the kernel's: nothing is wrong with the disk. */
static void what_was_interrupted_is_done_again(void **state)
{
	static const enum store_operation kinds[] = {STORE_READ, STORE_WRITE, STORE_SYNC};
	static uint8_t data[512];
	struct io io = {.operations = &operations, .pool = &io};
	int fd = memfd_create("test", MFD_CLOEXEC);
	struct file_store_options options = {.path = NULL};
	struct file_store_facts facts;
	struct store *store;
	char path[64];

	(void)state;
	assert_int_equal(ftruncate(fd, SIZE), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	options.path = path;
	assert_int_equal(file_store_open(&options, &store, &facts), 0);
	assert_int_equal(file_store_join(store, &io, &facts), 0);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct store_request request = {.operation = kinds[i],
		                                .data = data,
		                                .length = kinds[i] == STORE_SYNC ? 0 : sizeof(data),
		                                .done = set_done};

		submissions = done = 0;
		store_start(store, &request);
		assert_int_equal(submissions, 1);
		end(-EINTR);
		assert_int_equal(submissions, 2);
		assert_int_equal(done, 0);
		end(kinds[i] == STORE_SYNC ? 0 : (ssize_t)sizeof(data));
		assert_int_equal(done, 1);
		assert_int_equal(request.error, 0);
	}
	store_close(store);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(what_was_interrupted_is_done_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
