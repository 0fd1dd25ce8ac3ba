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

/* What its signals are about. */
struct service {
	struct engine *engine;
	int signals; /* a signalfd */
};

static void take_signal(void *owner)
{
	struct service *service = owner;
	struct signalfd_siginfo info;

	if (read(service->signals, &info, sizeof(info)) == sizeof(info))
		engine_stop(service->engine);
}

static int run(const struct command_line *line, const struct plan *plan, struct exports *exports,
               const struct lans *lans, const struct say *say, int signals)
{
	struct service service = {.signals = signals};
	int rc = engine_create(say, exports, &service.engine);
	struct engine *engine = service.engine;

	for (size_t i = 0; !rc && i < lans->count; i++)
		rc = engine_add_lan(engine, lans->list[i], plan->buffers);
	if (!rc)
		rc = engine_watch(engine, signals, take_signal, &service);
	if (!rc) {
		engine_announce(engine);
		say_ready(say, line->ready_fd);
		rc = engine_run(engine);
	}
	engine_free(engine);
	return rc;
}

static int serve(const struct command_line *line, const struct plan *plan, struct exports *exports,
                 const struct lans *lans, const struct say *say)
{
	int signals = -1;
	int rc = stop_signals(&signals);

	if (!rc)
		rc = run(line, plan, exports, lans, say, signals);
	if (rc)
		say_print(say, SAY_ERROR, "%s", strerror(-rc));
	if (signals >= 0)
		close(signals);
	/* Acknowledged writes are stable already, but for those of cache=writeback. */
	if (!rc)
		rc = exports_sync(exports, say);
	return rc ? CLI_FAILED : CLI_OK;
}

int serve_run(const struct command_line *line)
{
	const struct say say = {.print = print, .owner = (void *)(uintptr_t)line->name};
	struct exports exports = {0};
	struct lans lans = {0};
	struct plan plan;
	struct why why;
	int status = CLI_FAILED;

	if (command_plan(line, &plan, &why)) {
		say_print(&say, SAY_ERROR, "%s", why.text);
		return CLI_USAGE;
	}
	if (!exports_open(&exports, &plan, &say) && !lans_open(&lans, &plan, &say)) {
		exports_describe(&exports, &say);
		status = serve(line, &plan, &exports, &lans, &say);
	}
	lans_close(&lans);
	exports_close(&exports);
	plan_release(&plan);
	return status;
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
