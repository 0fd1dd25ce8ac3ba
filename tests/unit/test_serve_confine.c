/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a target can still do once it has confined itself, and what it cannot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/serve/confine.h"

/* A call that is to fail with EPERM; these arguments do no harm to whoever may make it. */
struct attempt {
	const char *name;
	long call;
	long arguments[5];
};

static const struct attempt attempts[] = {
        {"fork", SYS_fork, {0}},
        {"vfork", SYS_vfork, {0}},
        {"clone of a process", SYS_clone, {SIGCHLD}},
        {"ptrace", SYS_ptrace, {-1}},
        {"process_vm_writev", SYS_process_vm_writev, {0}},
        {"mount", SYS_mount, {0}},
        {"umount2", SYS_umount2, {0}},
        {"chroot", SYS_chroot, {0}},
        {"pivot_root", SYS_pivot_root, {0}},
        {"unshare", SYS_unshare, {0}},
        {"setns", SYS_setns, {-1}},
        {"init_module", SYS_init_module, {0}},
        {"finit_module", SYS_finit_module, {-1}},
        {"kexec_load", SYS_kexec_load, {0}},
        {"bpf", SYS_bpf, {-1}},
        {"open_by_handle_at", SYS_open_by_handle_at, {-1}},
        {"setuid", SYS_setuid, {-1}},
        {"capset", SYS_capset, {0}},
        {"chmod", SYS_chmod, {0}},
        {"chown", SYS_chown, {0, -1, -1}},
        {"mknod", SYS_mknod, {0}},
        {"prctl", SYS_prctl, {PR_GET_DUMPABLE}},
        {"a second io_uring", SYS_io_uring_setup, {0}},
        {"io_uring_register", SYS_io_uring_register, {-1}},
        {"an internet socket", SYS_socket, {AF_INET, SOCK_DGRAM, 0}},
        {"text into a terminal", SYS_ioctl, {-1, TIOCSTI, 0}},
        {"memory that can be run", SYS_mmap, {0, 4096, PROT_EXEC, MAP_PRIVATE, -1}},
        {"to make memory such", SYS_mprotect, {0, 0, PROT_READ | PROT_EXEC}},
        {"a signal to another process", SYS_kill, {1, 0}},
        {"a signal to another thread", SYS_tgkill, {1, 1, 0}},
        {"another process's limits", SYS_prlimit64, {1, RLIMIT_NOFILE, 0, 0}},
};

/* What children print is read by nobody but whoever looks after a failure. */
static bool is_refused(const struct attempt *attempt)
{
	const long *a = attempt->arguments;
	pid_t pid = getpid();
	long result = syscall(attempt->call, a[0], a[1], a[2], a[3], a[4], 0);

	/* One that was forked all the same. */
	if (getpid() != pid)
		_exit(0);
	if (result == -1 && errno == EPERM)
		return true;
	fprintf(stderr, "%s: %ld, %s\n", attempt->name, result, strerror(errno));
	return false;
}

static bool are_all_refused(void)
{
	bool refused = true;

	for (size_t i = 0; i < sizeof(attempts) / sizeof(*attempts); i++)
		refused &= is_refused(&attempts[i]);
	return refused;
}

/* A thread that waits for a byte, and then does it. */
struct helper {
	pthread_t thread;
	int start[2];
	bool (*work)(void);
	bool result;
};

static void *help(void *argument)
{
	struct helper *helper = argument;
	char byte;

	if (read(helper->start[0], &byte, 1) == 1)
		helper->result = helper->work();
	return NULL;
}

static bool start_helper(struct helper *helper, bool (*work)(void))
{
	helper->work = work;
	helper->result = false;
	return !pipe(helper->start) && !pthread_create(&helper->thread, NULL, help, helper);
}

static bool end_helper(struct helper *helper)
{
	return write(helper->start[1], "", 1) == 1 && !pthread_join(helper->thread, NULL) &&
	       helper->result;
}

/* In a process that has confined itself; returns how that ended. */
static int in_child(bool (*work)(void), bool in_helper)
{
	const struct rlimit none = {0};
	struct helper helper;
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid) {
		assert_int_equal(waitpid(pid, &status, 0), pid);
		return status;
	}
	if (setrlimit(RLIMIT_CORE, &none) || !start_helper(&helper, work) || confine(false))
		_exit(2);
	_exit((in_helper ? end_helper(&helper) : work()) ? 0 : 1);
}

static void test_refused(void **state)
{
	(void)state;
	assert_int_equal(in_child(are_all_refused, false), 0);
}

/* It was there before. */
static void test_refused_to_other_threads(void **state)
{
	(void)state;
	assert_int_equal(in_child(are_all_refused, true), 0);
}

static bool run_program(void)
{
	char *const arguments[] = {(char *)(uintptr_t)"true", NULL};

	execv("/bin/true", arguments);
	return false;
}

static bool run_open_program(void)
{
	char *const arguments[] = {(char *)(uintptr_t)"true", NULL};

	syscall(SYS_execveat, AT_FDCWD, "/bin/true", arguments, NULL, 0);
	return false;
}

static void assert_killed(int status)
{
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSYS);
}

static void test_programs(void **state)
{
	(void)state;
	assert_killed(in_child(run_program, false));
	assert_killed(in_child(run_open_program, false));
	/* All of the process ends, not that thread alone. */
	assert_killed(in_child(run_program, true));
}

static bool get_no_privileges(void)
{
	char text[4096], *found;
	int fd = open("/proc/thread-self/status", O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, text, sizeof(text) - 1);

	close(fd);
	text[n > 0 ? n : 0] = '\0';
	found = strstr(text, "NoNewPrivs:");
	return found && !strncmp(found, "NoNewPrivs:\t1\n", 14) && strstr(text, "Seccomp:\t2\n");
}

static void test_privileges(void **state)
{
	(void)state;
	assert_int_equal(in_child(get_no_privileges, false), 0);
	assert_int_equal(in_child(get_no_privileges, true), 0);
}

static bool nothing(void)
{
	return true;
}

static bool serve(void)
{
	struct rlimit limit;
	struct helper helper;
	void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return memory != MAP_FAILED && !munmap(memory, 4096) &&
	       open("/proc/self/stat", O_RDONLY | O_CLOEXEC) >= 0 && eventfd(0, 0) >= 0 &&
	       socket(AF_UNIX, SOCK_STREAM, 0) >= 0 && !getrlimit(RLIMIT_NOFILE, &limit) &&
	       start_helper(&helper, nothing) && end_helper(&helper);
}

static void test_allowed(void **state)
{
	(void)state;
	assert_int_equal(in_child(serve, false), 0);
}

static bool fail_an_assertion(void)
{
	signal(SIGABRT, SIG_DFL);
	abort();
}

/* One that finds itself wrong ends as ever. */
static void test_abort(void **state)
{
	int status = in_child(fail_an_assertion, true);

	(void)state;
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_refused),    cmocka_unit_test(test_refused_to_other_threads),
	        cmocka_unit_test(test_programs),   cmocka_unit_test(test_privileges),
	        cmocka_unit_test(test_allowed),    cmocka_unit_test(test_abort),
	};

	return cmocka_run_group_tests_name("serve_confine", tests, NULL, NULL);
}
