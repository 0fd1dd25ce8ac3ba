/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `etherroot serve`: reads the command line, opens the exports, then the LANs, says what it
 * exports, and serves until it is told to stop.
 */
#include "tools/serve/serve.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "tools/serve/config/command.h"
#include "tools/serve/engine/engine.h"
#include "tools/serve/export/exports.h"
#include "tools/serve/lan/lans.h"

static void print(void *owner, enum say_priority priority, const char *text)
{
	(void)owner;
	(void)priority;
	cli_error(&serve_command, "%s", text);
}

static const struct say messages = {.print = print};

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
static void say_ready(int fd)
{
	if (fd < 0)
		return;
	if (write(fd, "\n", 1) != 1)
		cli_error(&serve_command, "--ready-fd: %d: %s", fd, strerror(errno));
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

static int run(const struct plan *plan, struct exports *exports, const struct lans *lans,
               int signals)
{
	struct service service = {.signals = signals};
	int rc = engine_create(&messages, exports, &service.engine);
	struct engine *engine = service.engine;

	for (size_t i = 0; !rc && i < lans->count; i++)
		rc = engine_add_lan(engine, lans->list[i], plan->buffers);
	if (!rc)
		rc = engine_watch(engine, signals, take_signal, &service);
	if (!rc) {
		engine_announce(engine);
		say_ready(plan->ready_fd);
		rc = engine_run(engine);
	}
	engine_free(engine);
	return rc;
}

static int serve(const struct plan *plan, struct exports *exports, const struct lans *lans)
{
	int signals = -1;
	int rc = stop_signals(&signals);

	if (!rc)
		rc = run(plan, exports, lans, signals);
	if (rc)
		cli_error(&serve_command, "%s", strerror(-rc));
	if (signals >= 0)
		close(signals);
	/* Acknowledged writes are stable already, but for those of cache=writeback. */
	if (!rc)
		rc = exports_sync(exports, &messages);
	return rc ? CLI_FAILED : CLI_OK;
}

int serve_plan(struct plan *plan)
{
	struct exports exports = {0};
	struct lans lans = {0};
	struct why why;
	int status = CLI_FAILED;

	if (plan_check(plan, &why))
		return cli_usage(&serve_command, "%s", why.text);
	if (!exports_open(&exports, plan, &messages) && !lans_open(&lans, plan, &messages)) {
		exports_describe(&exports, &messages);
		status = serve(plan, &exports, &lans);
	}
	lans_close(&lans);
	exports_close(&exports);
	return status;
}

int serve_main(int argc, char **argv)
{
	struct plan plan = PLAN_EMPTY;
	int status = command_read(&plan, argc, argv);

	if (!status && plan.export_count) /* else it was --help */
		status = serve_plan(&plan);
	plan_release(&plan);
	return status;
}
