/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/host/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/host/clock.h"

enum { KEEP = sizeof(((struct child_io *)0)->keep) / sizeof(int) };

/* In the child: it ends with its parent, is in a group of its own, and signals mean what they do.
 */
static void settle(pid_t parent)
{
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1); /* it was killed before the line above took effect */
	setpgid(0, 0);
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* In the child: everything between fork and exec. Returns only the errno of what failed. */
static int become(char *const argv[], const struct child_io *io)
{
	const int wanted[3] = {io->in, io->out, io->err};

	for (int i = 0; i < 3; i++) {
		int fd = wanted[i] >= 0 ? wanted[i] : open("/dev/null", O_RDWR | O_CLOEXEC);

		if (fd < 0 || (fd == i ? fcntl(fd, F_SETFD, 0) : dup2(fd, i)) < 0)
			return errno;
	}
	for (int i = 0; i < KEEP; i++)
		if (io->keep[i] >= 0 && fcntl(io->keep[i], F_SETFD, 0) < 0)
			return errno;
	execvp(argv[0], argv);
	return errno;
}

/* In the parent, once the child runs. */
static int take_pidfd(struct child *child)
{
	int rc;

	child->fd = (int)syscall(SYS_pidfd_open, child->pid, 0);
	if (child->fd >= 0) {
		fcntl(child->fd, F_SETFD, FD_CLOEXEC);
		return 0;
	}
	rc = -errno;
	kill(child->pid, SIGKILL);
	waitpid(child->pid, NULL, 0);
	*child = CHILD_NONE;
	return rc;
}

int child_call(struct child *child, int (*function)(void *context), void *context)
{
	pid_t parent = getpid();

	*child = CHILD_NONE;
	child->pid = fork();
	if (child->pid < 0) {
		*child = CHILD_NONE;
		return -errno;
	}
	if (!child->pid) {
		settle(parent);
		_exit(function(context));
	}
	setpgid(child->pid, 0); /* here as well: whoever is first */
	return take_pidfd(child);
}

int child_start(struct child *child, char *const argv[], const struct child_io *io)
{
	pid_t parent = getpid();
	int report[2], rc = 0;
	ssize_t got;

	*child = CHILD_NONE;
	if (pipe2(report, O_CLOEXEC) < 0)
		return -errno;
	child->pid = fork();
	if (child->pid < 0) {
		rc = -errno;
		close(report[0]);
		close(report[1]);
		*child = CHILD_NONE;
		return rc;
	}
	if (!child->pid) {
		settle(parent);
		rc = become(argv, io);
		got = write(report[1], &rc, sizeof(rc));
		_exit(got < 0 ? 126 : 127);
	}
	setpgid(child->pid, 0); /* here as well: whoever is first */
	close(report[1]);
	do
		got = read(report[0], &rc, sizeof(rc)); /* end of file: exec closed it */
	while (got < 0 && errno == EINTR);
	close(report[0]);
	if (got == (ssize_t)sizeof(rc)) {
		waitpid(child->pid, NULL, 0);
		*child = CHILD_NONE;
		return -rc;
	}
	return take_pidfd(child);
}

static int reap(struct child *child)
{
	int status = 0;

	while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
		;
	close(child->fd);
	*child = CHILD_NONE;
	return status;
}

int child_wait(struct child *child, int64_t deadline, int cancel)
{
	struct pollfd fds[] = {{.fd = child->fd, .events = POLLIN},
	                       {.fd = cancel, .events = POLLIN}};

	for (;;) {
		int n = poll(fds, 2, clock_poll(deadline));

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0 && fds[0].revents)
			return reap(child);
		if (n > 0 && fds[1].revents)
			return -EINTR;
		if (n == 0)
			return -ETIMEDOUT;
	}
}

int child_stop(struct child *child, int64_t deadline)
{
	int status;

	if (!child->pid)
		return 0;
	kill(child->pid, SIGTERM);
	status = child_wait(child, deadline, -1);
	if (status >= 0)
		return status;
	kill(-child->pid, SIGKILL);
	return reap(child);
}

void child_leave(struct child *child)
{
	kill(-child->pid, SIGKILL);
	close(child->fd);
	*child = CHILD_NONE;
}

int child_run(char *const argv[], const struct child_io *io, int64_t deadline, int cancel)
{
	struct child child;
	int rc = child_start(&child, argv, io);

	if (rc < 0)
		return rc;
	rc = child_wait(&child, deadline, cancel);
	if (rc < 0)
		child_stop(&child, clock_now() + CLOCK_SECOND);
	return rc;
}
