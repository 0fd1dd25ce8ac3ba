/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Transfers beside the loop, when the kernel is short of memory and when one of them hangs. The
 * system calls that they make stand here in place of the C library's and liburing's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "tools/serve/engine/engine.h"
#include "tools/serve/store/ways.h"

enum {
	DEADLINE = 20, /* seconds; far beyond what anything here takes */
	ROUND = 20,    /* milliseconds between two turns of the loop that have nothing to do */
};

static int refused;                         /* calls of io_uring_submit that are to fail */
static bool smuggled;                       /* what is submitted is to open a file instead */
static int hanging_sync = -1;               /* a file whose syncs hang */
static int hanging = -1, entered, released; /* a file whose writes hang, and two eventfds */

int io_uring_submit(struct io_uring *ring)
{
	unsigned int last = (ring->sq.sqe_tail - 1) & ring->sq.ring_mask;

	if (smuggled && io_uring_sq_ready(ring))
		ring->sq.sqes[last].opcode = IORING_OP_OPENAT;
	if (!refused)
		return io_uring_submit_and_wait(ring, 0);
	refused--;
	return -EAGAIN;
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t offset)
{
	if (fd == hanging) {
		eventfd_t count;

		assert_int_equal(eventfd_write(entered, 1), 0);
		assert_int_equal(eventfd_read(released, &count), 0);
	}
	return syscall(SYS_pwrite64, fd, data, length, offset);
}

static ino_t watched;             /* a file whose closing hangs, in any thread but the loop's */
static bool closed_here, closing; /* it was closed in the loop; it is being closed */

int close(int fd)
{
	struct stat status;

	if (watched && !fstat(fd, &status) && status.st_ino == watched) {
		eventfd_t count;

		if (gettid() == getpid()) {
			closed_here = true;
		} else {
			__atomic_store_n(&closing, true, __ATOMIC_SEQ_CST);
			assert_int_equal(eventfd_read(released, &count), 0);
		}
	}
	return (int)syscall(SYS_close, fd);
}

static bool no_threads; /* none is to be had */

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                   void *argument)
{
	int (*create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

	*(void **)&create = dlsym(RTLD_NEXT, "pthread_create");
	return no_threads ? EAGAIN : create(thread, attributes, run, argument);
}

int fdatasync(int fd)
{
	eventfd_t count;

	if (fd == hanging_sync) {
		assert_int_equal(eventfd_write(entered, 1), 0);
		assert_int_equal(eventfd_read(released, &count), 0);
	}
	return (int)syscall(SYS_fdatasync, fd);
}

/* ---- the loop ---- */

struct write {
	struct io_task task; /* the first member */
	bool done;
};

/* Two files of one device, and a write to each. */
struct stage {
	struct io *io;
	int files[2];
	struct io_user users[2];
	struct write writes[2];
	char data[512];
};

static void set_done(struct io_task *task)
{
	((struct write *)(void *)task)->done = true;
}

static void start(struct stage *stage, int number, bool quick)
{
	struct io_task *task = &stage->writes[number].task;

	*task = (struct io_task){.operation = IO_WRITE,
	                         .quick = quick,
	                         .fd = stage->files[number],
	                         .data = stage->data,
	                         .length = sizeof(stage->data),
	                         .done = set_done};
	io_submit(&stage->users[number], task);
	io_flush(stage->io);
}

/* Nothing else happens meanwhile than that the loop turns. */
static void await_done(struct stage *stage, int number)
{
	time_t end = time(NULL) + DEADLINE;
	struct pollfd p = {.fd = stage->io->fd, .events = POLLIN};

	while (!stage->writes[number].done) {
		if (time(NULL) > end)
			fail_msg("write %d is not done", number);
		io_flush(stage->io);
		if (poll(&p, 1, ROUND) > 0)
			io_dispatch(stage->io);
	}
}

static void check_done(struct stage *stage, int number)
{
	await_done(stage, number);
	assert_int_equal(stage->writes[number].task.result, sizeof(stage->data));
}

static int setup(void **state)
{
	struct stage *stage = calloc(1, sizeof(*stage));

	if (!stage)
		return -1;
	*state = stage;
	entered = eventfd(0, EFD_CLOEXEC);
	released = eventfd(0, EFD_CLOEXEC);
	for (int i = 0; i < 2; i++)
		stage->files[i] = memfd_create("file", MFD_CLOEXEC);
	return entered < 0 || released < 0 || stage->files[0] < 0 || stage->files[1] < 0;
}

static int teardown(void **state)
{
	struct stage *stage = *state;

	/* Should one hang still, since the test failed. */
	assert_int_equal(eventfd_write(released, 1), 0);
	for (int i = 0; i < 2; i++) {
		if (stage->users[i].device)
			io_leave(&stage->users[i]);
		close(stage->files[i]);
	}
	io_free(stage->io);
	close(entered);
	close(released);
	free(stage);
	hanging = hanging_sync = -1;
	refused = 0;
	smuggled = false;
	watched = 0;
	closed_here = closing = false;
	return 0;
}

static void join(struct stage *stage)
{
	for (int i = 0; i < 2; i++)
		assert_int_equal(io_join(stage->io, 1, &stage->users[i]), 0);
}

/* ---- the tests ---- */

static void what_the_kernel_did_not_take_is_handed_over_again(void **state)
{
	struct stage *stage = *state;

	if (io_create("uring", &stage->io))
		skip();
	join(stage);
	refused = 3;
	start(stage, 0, true);
	check_done(stage, 0);
	assert_int_equal(refused, 0);
}

static void the_ring_does_nothing_else(void **state)
{
	struct stage *stage = *state;

	if (io_create("uring", &stage->io))
		skip();
	join(stage);
	smuggled = true;
	start(stage, 0, true);
	await_done(stage, 0);
	assert_int_equal(stage->writes[0].task.result, -EACCES);
}

/* The second begins while the first has only just begun, and nobody knows that it hangs. */
static void check_beside_a_hanging_one(struct stage *stage, bool quick)
{
	eventfd_t count;

	assert_int_equal(io_create("threads", &stage->io), 0);
	join(stage);
	hanging = stage->files[0];
	start(stage, 0, true);
	assert_int_equal(eventfd_read(entered, &count), 0);
	start(stage, 1, quick);
	check_done(stage, 1);
	assert_false(stage->writes[0].done);
	assert_int_equal(eventfd_write(released, 1), 0);
	check_done(stage, 0);
}

static void a_file_that_hangs_is_no_others_trouble(void **state)
{
	check_beside_a_hanging_one(*state, true);
}

static void nor_of_what_may_wait_itself(void **state)
{
	check_beside_a_hanging_one(*state, false);
}

/* Both are waiting when the only thread wakes up. */
static void two_that_come_together_do_not_wait_for_each_other(void **state)
{
	struct stage *stage = *state;
	eventfd_t count;

	assert_int_equal(io_create("threads", &stage->io), 0);
	join(stage);
	start(stage, 1, false);
	check_done(stage, 1);
	stage->writes[1].done = false;
	hanging = stage->files[0];
	start(stage, 0, true);
	start(stage, 1, true);
	assert_int_equal(eventfd_read(entered, &count), 0);
	check_done(stage, 1);
	assert_int_equal(eventfd_write(released, 1), 0);
	check_done(stage, 0);
}

static void ignore(void *owner, enum say_priority priority, const char *text)
{
	(void)owner;
	(void)priority;
	(void)text;
}

static void count_closed(void *owner)
{
	unsigned int *closed = owner;

	++*closed;
}

static bool is_closing(void)
{
	return __atomic_load_n(&closing, __ATOMIC_SEQ_CST);
}

/* Of the loop, once. */
static void turn(struct stage *stage, struct engine *engine, time_t end)
{
	struct pollfd p = {.fd = stage->io->fd, .events = POLLIN};

	if (time(NULL) > end)
		fail_msg("it is not closed");
	io_flush(stage->io);
	if (poll(&p, 1, ROUND) > 0)
		io_dispatch(stage->io);
	engine_work(engine);
}

/* A network's file server, or a program that a file system is in, may not answer to that. */
static void check_closing(struct stage *stage, const char *way)
{
	static const struct say nobody = {.print = ignore};
	struct export_options options = {.address = {1, 1}, .file.lock = true};
	struct exports exports = {0};
	struct export *export;
	struct engine *engine;
	struct stat status;
	char path[64];
	unsigned int closed = 0;

	if (io_create(way, &stage->io))
		skip();
	assert_int_equal(ftruncate(stage->files[0], 4096), 0);
	assert_int_equal(fstat(stage->files[0], &status), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", stage->files[0]);
	options.file.path = path;
	assert_int_equal(exports_reserve(&exports, 1), 0);
	export = export_create(&options);
	assert_non_null(export);
	assert_int_equal(export_open(export), 0);
	assert_int_equal(file_store_join(export->store, stage->io, &export->facts), 0);
	exports_add(&exports, export);
	assert_int_equal(engine_create(&nobody, &exports, stage->io, &engine), 0);
	engine_on_closed(engine, count_closed, &closed);
	watched = status.st_ino;
	engine_retire_export(engine, export);
	for (time_t end = time(NULL) + DEADLINE; !is_closing() && !closed_here;)
		turn(stage, engine, end);
	assert_false(closed_here);
	assert_int_equal(closed, 0);
	/* Its file is still the export's, for whoever wants to open it. */
	assert_ptr_equal(exports.retired, export);
	assert_int_equal(eventfd_write(released, 1), 0);
	for (time_t end = time(NULL) + DEADLINE; !closed;)
		turn(stage, engine, end);
	assert_null(exports.retired);
	assert_false(closed_here);
	watched = 0;
	engine_free(engine);
	exports_close(&exports);
}

static void closing_holds_nobody_up(void **state)
{
	check_closing(*state, "threads");
}

static void nor_does_it_with_io_uring(void **state)
{
	check_closing(*state, "uring");
}

/* ---- what is told at once ---- */

enum { MANY = 3 * IO_TELL };

static int told;

static void count_told(struct io_task *task)
{
	assert_int_equal(task->result, 1);
	told++;
}

/* What comes of the first ones is sent while the others wait, and nothing has to happen for those.
 */
static void check_telling(struct stage *stage, const char *way)
{
	struct io_task tasks[MANY];
	struct pollfd p;

	if (io_create(way, &stage->io))
		skip();
	join(stage);
	told = 0;
	for (int i = 0; i < MANY; i++) {
		tasks[i] = (struct io_task){.operation = IO_WRITE,
		                            .fd = stage->files[0],
		                            .data = stage->data,
		                            .length = 1,
		                            .done = count_told};
		io_submit(&stage->users[0], &tasks[i]);
	}
	io_flush(stage->io);
	p = (struct pollfd){.fd = stage->io->fd, .events = POLLIN};
	while (told < MANY) {
		bool more = true;

		assert_int_equal(poll(&p, 1, DEADLINE * 1000), 1);
		while (more) {
			int before = told;

			more = io_dispatch(stage->io);
			assert_true(told <= before + IO_TELL);
		}
	}
	assert_false(io_dispatch(stage->io));
}

static void few_are_told_at_once(void **state)
{
	check_telling(*state, "threads");
}

static void few_are_told_at_once_with_io_uring(void **state)
{
	check_telling(*state, "uring");
}

/* Nothing but the kernel knows that a pipe has nothing to sync. */
static void check_syncing(struct stage *stage, const char *way)
{
	int ends[2];

	if (io_create(way, &stage->io))
		skip();
	join(stage);
	assert_int_equal(pipe(ends), 0);
	stage->writes[0].task =
	        (struct io_task){.operation = IO_SYNC, .fd = ends[1], .done = set_done};
	io_submit(&stage->users[0], &stage->writes[0].task);
	await_done(stage, 0);
	assert_int_equal(stage->writes[0].task.result, -EINVAL);
	close(ends[0]);
	close(ends[1]);
}

static void a_sync_is_the_kernels(void **state)
{
	check_syncing(*state, "threads");
}

static void a_sync_is_the_kernels_with_io_uring(void **state)
{
	check_syncing(*state, "uring");
}

/* ---- one file's writes and their sync ---- */

enum { WRITES = 10 };

/* What was reported, in that order: 'w', or 's' for a sync. */
static char reports[WRITES + 2];

static void note(struct io_task *task)
{
	size_t length = strlen(reports);

	assert_true(length < sizeof(reports) - 1);
	reports[length] = task->operation == IO_SYNC ? 's' : 'w';
}

static void submit(struct stage *stage, struct io_task *task, enum io_operation operation)
{
	bool write = operation == IO_WRITE;

	*task = (struct io_task){.operation = operation,
	                         .quick = write,
	                         .fd = stage->files[0],
	                         .data = stage->data,
	                         .length = write ? sizeof(stage->data) : 0,
	                         .done = note};
	io_submit(&stage->users[0], task);
}

static void wait_for_reports(struct stage *stage)
{
	struct pollfd p = {.fd = stage->io->fd, .events = POLLIN};

	assert_int_equal(poll(&p, 1, DEADLINE * 1000), 1);
	io_dispatch(stage->io);
}

/* The pool, and the first file as one of its users. */
static void open_pool(struct stage *stage)
{
	assert_int_equal(io_create("threads", &stage->io), 0);
	join(stage);
	memset(reports, 0, sizeof(reports));
}

/* The loop is woken twice: when the writes are done, and when the sync is. */
static void writes_are_told_together_and_then_their_sync(void **state)
{
	struct stage *stage = *state;
	struct io_task writes[WRITES], sync;
	eventfd_t count;

	open_pool(stage);
	for (int i = 0; i < WRITES; i++)
		submit(stage, &writes[i], IO_WRITE);
	submit(stage, &sync, IO_SYNC);
	hanging_sync = stage->files[0];
	io_flush(stage->io);
	assert_int_equal(eventfd_read(entered, &count), 0);
	wait_for_reports(stage);
	assert_string_equal(reports, "wwwwwwwwww");
	assert_int_equal(eventfd_write(released, 1), 0);
	wait_for_reports(stage);
	assert_string_equal(reports, "wwwwwwwwwws");
}

/* Whatever other threads have nothing to do. */
static void a_sync_waits_for_the_write_before_it(void **state)
{
	struct stage *stage = *state;
	struct io_task write, sync;
	eventfd_t count;

	open_pool(stage);
	hanging = stage->files[0];
	submit(stage, &write, IO_WRITE);
	io_flush(stage->io);
	assert_int_equal(eventfd_read(entered, &count), 0);
	submit(stage, &sync, IO_SYNC);
	/* A thread that waits meanwhile, so that one would be there for the sync. */
	start(stage, 1, false);
	check_done(stage, 1);
	stage->writes[1].done = false;
	start(stage, 1, true);
	check_done(stage, 1);
	assert_string_equal(reports, "");
	assert_int_equal(eventfd_write(released, 1), 0);
	while (strlen(reports) < 2)
		wait_for_reports(stage);
	assert_string_equal(reports, "ws");
}

static void a_write_is_told_while_a_sync_hangs(void **state)
{
	struct stage *stage = *state;
	struct io_task write, sync, second;
	eventfd_t count;

	open_pool(stage);
	submit(stage, &write, IO_WRITE);
	submit(stage, &sync, IO_SYNC);
	submit(stage, &second, IO_WRITE);
	hanging_sync = stage->files[0];
	io_flush(stage->io);
	assert_int_equal(eventfd_read(entered, &count), 0);
	while (strlen(reports) < 2)
		wait_for_reports(stage);
	assert_string_equal(reports, "ww");
	assert_int_equal(eventfd_write(released, 1), 0);
	wait_for_reports(stage);
	assert_string_equal(reports, "wws");
}

/* It would stay locked, and who opens it again be told that another process has it. */
static void a_file_is_closed_without_a_thread(void **state)
{
	struct stage *stage = *state;
	struct io_task task;
	int fd = dup(stage->files[0]);

	open_pool(stage);
	submit(stage, &task, IO_CLOSE);
	task.fd = fd;
	no_threads = true;
	io_flush(stage->io);
	no_threads = false;
	wait_for_reports(stage);
	assert_int_equal(task.result, 0);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(what_the_kernel_did_not_take_is_handed_over_again),
	        TEST(the_ring_does_nothing_else),
	        TEST(a_file_that_hangs_is_no_others_trouble),
	        TEST(nor_of_what_may_wait_itself),
	        TEST(two_that_come_together_do_not_wait_for_each_other),
	        TEST(closing_holds_nobody_up),
	        TEST(nor_does_it_with_io_uring),
	        TEST(few_are_told_at_once),
	        TEST(few_are_told_at_once_with_io_uring),
	        TEST(a_sync_is_the_kernels),
	        TEST(a_sync_is_the_kernels_with_io_uring),
	        TEST(writes_are_told_together_and_then_their_sync),
	        TEST(a_sync_waits_for_the_write_before_it),
	        TEST(a_write_is_told_while_a_sync_hangs),
	        TEST(a_file_is_closed_without_a_thread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
