/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/job.h"

#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "init/deadline.h"

int job_start(struct job *job, int epoll)
{
	/* Once: of one that is ended and not waited for nobody takes the news. */
	struct epoll_event event = {.events = EPOLLIN | EPOLLET};
	pid_t pid = _Fork();

	if (!pid)
		return 0;
	if (pid < 0)
		return -errno;
	job->pid = pid;
	job->fd = (int)syscall(SYS_pidfd_open, pid, 0); /* closed by exec, as all of them */
	if (job->fd >= 0 && !epoll_ctl(epoll, EPOLL_CTL_ADD, job->fd, &event))
		return 1;
	pid = -errno;
	job_end(job);
	return pid;
}

bool job_runs(struct job *job)
{
	int status = 0;
	pid_t ended;

	if (!job->pid)
		return false;
	ended = waitpid(job->pid, &status, WNOHANG);
	if (!ended)
		return true;
	if (job->fd >= 0)
		close(job->fd);
	*job = (struct job){.status = ended > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1};
	return false;
}

void job_end(struct job *job)
{
	if (job->pid)
		kill(job->pid, SIGKILL);
	job_runs(job);
}

/* Waits until a child has ended; false when the deadline is over. Its signal must be blocked. */
static bool wait_for_end(const sigset_t *child_signal, uint64_t deadline)
{
	int left = deadline_poll(deadline);
	struct timespec time = {left / 1000, left % 1000 * 1000000L};

	if (left > 0)
		sigtimedwait(child_signal, NULL, &time);
	return left > 0;
}

void job_end_all(uint64_t deadline)
{
	sigset_t child_signal, before;
	pid_t ended;

	sigemptyset(&child_signal);
	sigaddset(&child_signal, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child_signal, &before);
	kill(-1, SIGKILL);
	/* What they leave behind becomes a child of this process, until there is none. */
	do
		ended = waitpid(-1, NULL, WNOHANG);
	while (ended > 0 || (!ended && wait_for_end(&child_signal, deadline)));
	sigprocmask(SIG_SETMASK, &before, NULL);
}

void *job_share(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}
