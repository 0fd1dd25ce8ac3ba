/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/host/steps.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/host/child.h"
#include "tools/host/clock.h"

/* A descriptor that is readable once this process is told to end; `before` is for the end. */
static int hear_signals(sigset_t *before)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, before);
	return signalfd(-1, &signals, SFD_CLOEXEC);
}

static int explain(const char *name, int status, int seconds, struct why *why)
{
	if (status == -ENOENT)
		return why_set(why, status, "%s: no such program: install its package", name);
	if (status == -EINTR)
		return why_set(why, status, "%s: ended by a signal", name);
	if (status == -ETIMEDOUT)
		return why_set(why, status, "%s: not done after %d s", name, seconds);
	if (status < 0)
		return why_set(why, status, "%s: %s", name, strerror(-status));
	if (WIFSIGNALED(status))
		return why_set(why, -EIO, "%s: was ended by signal %d", name, WTERMSIG(status));
	return WEXITSTATUS(status) ? why_set(why, -EIO, "%s: failed", name) : 0;
}

/* The program as people call it: "etherroot image", but "systemctl restart NAME". */
static char *name_of(const struct args *args)
{
	const char *slash = strrchr(args->v[0], '/');
	char *name, *longer;

	if (slash && args->n > 1)
		return args_text("etherroot %s", args->v[1]);
	name = args_text("%s", args->v[0]);
	for (size_t i = 1; i < args->n; i++) {
		longer = args_text("%s %s", name, args->v[i]);
		free(name);
		name = longer;
	}
	return name;
}

/* A signal that is held back is heard at once. */
static int run(struct args *args, const struct child_io *io, int seconds, struct why *why)
{
	char *name = name_of(args);
	sigset_t before;
	int signals = hear_signals(&before);
	int status = child_run(args->v, io, clock_now() + seconds * CLOCK_SECOND, signals);
	int rc = explain(name, status, seconds, why);

	if (signals >= 0)
		close(signals);
	/* After a signal the others are held back too: what is left is still to be said. */
	if (status != -EINTR)
		sigprocmask(SIG_SETMASK, &before, NULL);
	free(name);
	args_free(args);
	return rc;
}

int steps_run(struct args *args, int seconds, struct why *why)
{
	struct child_io io = CHILD_IO;

	fflush(stdout);
	io.out = io.err = STDERR_FILENO;
	return run(args, &io, seconds, why);
}

int steps_finish(struct args *args, int seconds, struct why *why)
{
	struct child_io io = CHILD_IO;
	char *name = name_of(args);
	int rc;

	fflush(stdout);
	io.out = io.err = STDERR_FILENO;
	rc = explain(name, child_run(args->v, &io, clock_now() + seconds * CLOCK_SECOND, -1),
	             seconds, why);
	free(name);
	args_free(args);
	return rc;
}

int steps_read(struct args *args, size_t most, struct buffer *text, struct why *why)
{
	struct child_io io = CHILD_IO;
	int fd = memfd_create("output", MFD_CLOEXEC), rc;

	if (fd < 0) {
		args_free(args);
		return why_set(why, -errno, "memory: %s", strerror(errno));
	}
	io.out = fd;
	rc = run(args, &io, STEPS_QUICK, why);
	if (!rc) {
		lseek(fd, 0, SEEK_SET);
		rc = buffer_read(text, fd, most);
		if (rc)
			why_set(why, rc, "memory: %s", strerror(-rc));
	}
	close(fd);
	return rc;
}
