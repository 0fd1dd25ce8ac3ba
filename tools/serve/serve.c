/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `etherroot serve`: reads the command line, opens the exports, then the LANs, says what it
 * exports, and serves until it is told to stop.
 */
#include "tools/serve/serve.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "tools/serve/config/command.h"
#include "tools/serve/engine/engine.h"
#include "tools/serve/export/exports.h"
#include "tools/serve/lan/lans.h"

/* owner is the command's name. */
static void print(void *owner, enum say_priority priority, const char *text)
{
	(void)priority;
	fprintf(stderr, "%s: %s\n", (const char *)owner, text);
}

static int stop_signals(int *fd)
{
	sigset_t set;

	/* A disk that is full or a file that may not grow is told by the error, not by a signal. */
	signal(SIGXFSZ, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -errno;
	*fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return *fd < 0 ? -errno : 0;
}

/* The parent waits for this, or for the end of the file if there is nothing to wait for. */
static void say_ready(const struct say *say, int fd)
{
	if (fd < 0)
		return;
	if (write(fd, "\n", 1) != 1)
		say_print(say, SAY_ERROR, "--ready-fd: %d: %s", fd, strerror(errno));
	close(fd);
}

/* Each export has a descriptor. Where the limit cannot be raised, opening tells. */
static void raise_limits(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* All that one process has. */
struct service {
	const struct command_line *line;
	struct say say;
	struct plan plan;
	struct io *io;
	struct exports exports;
	struct lans lans;
	int signals; /* a signalfd */
	struct engine *engine;
};

static void take_signal(void *owner)
{
	struct service *service = owner;
	struct signalfd_siginfo info;

	if (read(service->signals, &info, sizeof(info)) == sizeof(info))
		engine_stop(service->engine);
}

static int open_io(struct service *service)
{
	int rc = io_create(service->line->io, &service->io);

	if (rc)
		say_print(&service->say, SAY_ERROR, "--io: %s",
		          rc == -EINVAL ? "only threads is known" : strerror(-rc));
	return rc;
}

static int open_engine(struct service *service)
{
	int rc = stop_signals(&service->signals);

	if (!rc)
		rc = engine_create(&service->say, &service->exports, service->io, &service->engine);
	for (size_t i = 0; !rc && i < service->lans.count; i++)
		rc = engine_add_lan(service->engine, service->lans.list[i], service->plan.buffers);
	if (!rc)
		rc = engine_watch(service->engine, service->signals, take_signal, service);
	if (!rc && service->line->max_age)
		engine_set_max_age(service->engine, service->line->max_age);
	if (rc)
		say_print(&service->say, SAY_ERROR, "%s", strerror(-rc));
	return rc;
}

static int serve(struct service *service)
{
	int rc = open_io(service);

	if (!rc)
		rc = exports_open(&service->exports, &service->plan, service->io, &service->say);
	if (!rc)
		rc = lans_open(&service->lans, &service->plan, &service->say);
	if (!rc) {
		exports_describe(&service->exports, &service->say);
		rc = open_engine(service);
	}
	if (!rc) {
		engine_announce(service->engine);
		say_ready(&service->say, service->line->ready_fd);
		rc = engine_run(service->engine);
	}
	return rc;
}

/* in_use: a disk that does not answer still has what it was given. */
static void release(struct service *service, bool in_use)
{
	if (!in_use)
		engine_free(service->engine);
	if (service->signals >= 0)
		close(service->signals);
	lans_close(&service->lans);
	if (!in_use) {
		exports_close(&service->exports);
		io_free(service->io);
	}
	plan_release(&service->plan);
}

int serve_run(const struct command_line *line)
{
	struct service service = {
	        .line = line,
	        .say = {.print = print, .owner = (void *)(uintptr_t)line->name},
	        .signals = -1,
	};
	struct why why;
	int rc;

	if (command_plan(line, &service.plan, &why)) {
		say_print(&service.say, SAY_ERROR, "%s", why.text);
		return CLI_USAGE;
	}
	raise_limits();
	rc = serve(&service);
	release(&service, rc == -ETIMEDOUT);
	return rc ? CLI_FAILED : CLI_OK;
}

int serve_main(int argc, char **argv)
{
	struct command_line line;
	bool done;
	int status = command_read(&line, argc, argv, &done);

	if (!status && !done)
		status = serve_run(&line);
	command_release(&line);
	return status;
}
