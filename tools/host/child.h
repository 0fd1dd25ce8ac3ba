/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes that a subcommand starts: QEMU, the target, other subcommands, a copy of itself. Each
 * is in a process group of its own, so that a Ctrl-C on the terminal reaches the subcommand alone
 * and it ends them in order; each gets SIGKILL from the kernel if the subcommand itself is killed.
 */
#ifndef TOOLS_HOST_CHILD_H
#define TOOLS_HOST_CHILD_H

#include <stdint.h>
#include <sys/types.h>

/* A process that was started. fd is its pidfd: readable once it has ended. pid 0: none. */
struct child {
	pid_t pid;
	int fd;
};

#define CHILD_NONE ((struct child){.pid = 0, .fd = -1})

/* The program's standard streams (-1: /dev/null) and up to two more descriptors it may keep. */
struct child_io {
	int in, out, err;
	int keep[3]; /* same numbers in the child; -1: none */
};

#define CHILD_IO ((struct child_io){-1, -1, -1, {-1, -1, -1}})

/*
 * Starts argv[0], searched in PATH. All descriptors but io's are expected to be close-on-exec.
 * Returns 0, or a negative errno, of execve too (-ENOENT: there is no such program).
 */
int child_start(struct child *child, char *const argv[], const struct child_io *io);

/*
 * Runs a function in a copy of this process, whose exit status is what it returns (0 to 255);
 * descriptors are shared, memory is not. Returns 0 or a negative errno.
 */
int child_call(struct child *child, int (*function)(void *context), void *context);

/*
 * Waits for the end and reaps. Returns the wait status (as waitpid(2) gives it), -ETIMEDOUT, or
 * -EINTR when cancel (a descriptor, or -1) became readable; in these cases the child still runs.
 */
int child_wait(struct child *child, int64_t deadline, int cancel);

/*
 * SIGTERM, then SIGKILL when it still runs at the deadline; reaps. Returns the wait status; 0 for
 * CHILD_NONE.
 */
int child_stop(struct child *child, int64_t deadline);

/*
 * SIGKILL, and no wait: for one that may hang in the kernel, where SIGKILL waits as well. It is
 * reaped once this process has ended.
 */
void child_leave(struct child *child);

/* Runs a program to its end: child_start, child_wait, and child_stop if the wait gave up. */
int child_run(char *const argv[], const struct child_io *io, int64_t deadline, int cancel);

#endif
