/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes that boot starts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/host/args.h"
#include "tools/host/child.h"
#include "tools/host/clock.h"

#define SOON (clock_now() + 120 * CLOCK_SECOND)

static int run(const char *script, const struct child_io *io)
{
	struct args args = {0};
	int rc;

	args_add(&args, "sh");
	args_add(&args, "-c");
	args_add(&args, "%s", script);
	rc = child_run(args.v, io, SOON, -1);
	args_free(&args);
	return rc;
}

static void start(struct child *child, const char *script)
{
	struct child_io io = CHILD_IO;
	struct args args = {0};

	args_add(&args, "sh");
	args_add(&args, "-c");
	args_add(&args, "%s", script);
	assert_int_equal(child_start(child, args.v, &io), 0);
	args_free(&args);
}

static void an_exit_status_comes_back(void **state)
{
	struct child_io io = CHILD_IO;

	(void)state;
	assert_int_equal(run("exit 0", &io), 0);
	assert_int_equal(WEXITSTATUS(run("exit 7", &io)), 7);
	assert_int_equal(WTERMSIG(run("kill -9 $$", &io)), SIGKILL);
}

static void a_program_that_is_not_there_is_told(void **state)
{
	char *const program[] = {(char[]){"etherroot-no-such-program"}, NULL};
	struct child_io io = CHILD_IO;
	struct child child;

	(void)state;
	assert_int_equal(child_start(&child, program, &io), -ENOENT);
	assert_int_equal(child.pid, 0);
	assert_int_equal(child_stop(&child, 0), 0);
}

static void streams_and_kept_descriptors_are_passed_on(void **state)
{
	struct child_io io = CHILD_IO;
	char text[64] = "";
	char *script;
	int out[2], kept[2];

	(void)state;
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	assert_int_equal(pipe2(kept, O_CLOEXEC), 0);
	io.out = out[1];
	io.keep[1] = kept[0];
	assert_int_equal(write(kept[1], "kept\n", 5), 5);
	script = args_text("read word <&%d; echo $word; cat; test ! -e /proc/self/fd/%d", kept[0],
	                   kept[1]);
	assert_int_equal(run(script, &io), 0);
	assert_int_equal(read(out[0], text, sizeof(text) - 1), 5);
	assert_string_equal(text, "kept\n");
	free(script);
	close(out[0]);
	close(out[1]);
	close(kept[0]);
	close(kept[1]);
}

static void a_wait_ends_at_its_deadline_and_by_its_canceller(void **state)
{
	struct child child;
	int cancel = eventfd(1, EFD_CLOEXEC);

	(void)state;
	start(&child, "exec sleep 1000");
	assert_int_equal(child_wait(&child, clock_now() + 1000, -1), -ETIMEDOUT);
	assert_int_equal(child_wait(&child, SOON, cancel), -EINTR);
	assert_int_equal(WTERMSIG(child_stop(&child, SOON)), SIGTERM);
	assert_int_equal(child.pid, 0);
	close(cancel);
}

static void a_child_that_will_not_end_is_killed(void **state)
{
	struct child child;
	struct child_io io = CHILD_IO;
	struct args args = {0};
	int ready[2];
	char byte;

	(void)state;
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	io.out = ready[1];
	args_add(&args, "sh");
	args_add(&args, "-c");
	args_add(&args, "trap '' TERM; echo; while :; do sleep 1000; done");
	assert_int_equal(child_start(&child, args.v, &io), 0);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(WTERMSIG(child_stop(&child, clock_now() + CLOCK_SECOND / 10)), SIGKILL);
	args_free(&args);
	close(ready[0]);
	close(ready[1]);
}

/* The parent is killed; its child must go with it: nobody is left to stop it. */
static void a_child_does_not_outlive_its_parent(void **state)
{
	int out[2];
	pid_t pid = 0, parent;
	char byte;

	(void)state;
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	parent = fork();
	if (!parent) {
		struct child child;
		struct child_io io = CHILD_IO;
		char *const program[] = {(char[]){"sleep"}, (char[]){"1000"}, NULL};

		io.keep[0] = out[1];
		if (child_start(&child, program, &io) < 0 ||
		    write(out[1], &child.pid, sizeof(child.pid)) != sizeof(child.pid))
			_exit(1);
		for (;;)
			pause();
	}
	assert_int_equal(read(out[0], &pid, sizeof(pid)), sizeof(pid));
	close(out[1]);
	kill(parent, SIGKILL);
	waitpid(parent, NULL, 0);
	/* The pipe ends when its last writer has: the child. */
	assert_int_equal(read(out[0], &byte, 1), 0);
	close(out[0]);
}

/* Nobody waits for it, and it ends. */
static void a_child_that_is_left_is_killed(void **state)
{
	struct child child;
	pid_t pid;
	int status;

	(void)state;
	start(&child, "trap '' TERM; exec sleep 600");
	pid = child.pid;
	child_leave(&child);
	assert_int_equal(child.pid, 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WTERMSIG(status), SIGKILL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(an_exit_status_comes_back),
	        cmocka_unit_test(a_program_that_is_not_there_is_told),
	        cmocka_unit_test(streams_and_kept_descriptors_are_passed_on),
	        cmocka_unit_test(a_wait_ends_at_its_deadline_and_by_its_canceller),
	        cmocka_unit_test(a_child_that_will_not_end_is_killed),
	        cmocka_unit_test(a_child_that_is_left_is_killed),
	        cmocka_unit_test(a_child_does_not_outlive_its_parent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
