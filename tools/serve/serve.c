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
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "tools/serve/administer.h"
#include "tools/serve/config/command.h"
#include "tools/serve/confine.h"
#include "tools/serve/engine/engine.h"
#include "tools/serve/export/exports.h"
#include "tools/serve/lan/lans.h"
#include "tools/serve/reload.h"
#include "tools/serve/store/ways.h"
#include "tools/serve/summary.h"
#include "tools/serve/supervise.h"
#include "tools/serve/watch/journal.h"
#include "tools/serve/watch/log.h"

/* All that one process has. */
struct service {
	const struct command_line *line;
	struct say say;
	struct plan plan;
	struct io *io;
	struct exports exports;
	struct lans lans;
	int signals; /* a signalfd */
	bool ending; /* it finishes what was begun, and begins nothing */
	struct engine *engine;
	struct supervise supervise;
	struct reload *reload;
	struct administer administer;
	bool ready; /* it serves what it can, and that was said */
};

static int open_signals(int *fd)
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

static void start_reload(void *owner)
{
	struct service *service = owner;

	if (service->ending)
		return;
	supervise_reloading(&service->supervise);
	reload_start(service->reload);
}

static bool withdraw_closed(void *owner, struct aoe_address address)
{
	struct service *service = owner;

	return reload_withdraw(service->reload, address);
}

static bool is_held_up(void *owner, struct why *why)
{
	struct service *service = owner;

	return reload_is_held_up(service->reload, why);
}

static void reload_ended(void *owner, const char *error)
{
	struct service *service = owner;

	administer_reloaded(&service->administer, error);
}

static void take_signal(void *owner)
{
	struct service *service = owner;
	struct signalfd_siginfo info;

	if (read(service->signals, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGHUP) {
		start_reload(service);
		return;
	}
	service->ending = true;
	supervise_stopping(&service->supervise);
	reload_stop(service->reload);
	engine_stop(service->engine);
}

/* In one line what is served: to the service manager, and if `aloud` as a message. */
static void tell_status(struct service *service, bool aloud)
{
	struct buffer text = {0};

	if (!service->ready)
		return;
	if (!summary_write(&service->exports, &service->lans, service->plan.buffers, &text)) {
		if (aloud)
			say_print(&service->say, SAY_NOTICE, "%s", (const char *)text.data);
		supervise_ready(&service->supervise, (const char *)text.data);
	}
	buffer_free(&text);
}

static void tell_ready(void *service)
{
	tell_status(service, true);
}

/* The port has said it. */
static void tell_link(void *service)
{
	tell_status(service, false);
}

/* At the start others are asked for the addresses first; once that is over it is ready. */
static void look_if_ready(struct service *service)
{
	if (service->ready || engine_is_asking(service->engine))
		return;
	service->ready = true;
	tell_ready(service);
	say_ready(&service->say, service->line->ready_fd);
}

static void take_asked(void *owner)
{
	struct service *service = owner;

	administer_asked(&service->administer);
	if (service->ready)
		tell_status(service, false);
	else
		look_if_ready(service);
}

static int open_io(struct service *service)
{
	int rc = io_create(service->line->io, &service->io);

	if (rc)
		say_print(&service->say, SAY_ERROR,
		          "--io: %s: this kernel does not allow it: use --io threads",
		          strerror(-rc));
	return rc;
}

static int open_reload(struct service *service)
{
	const struct served served = {
	        .line = service->line,
	        .say = &service->say,
	        .io = service->io,
	        .plan = &service->plan,
	        .exports = &service->exports,
	        .lans = &service->lans,
	        .engine = service->engine,
	        .reloaded = tell_ready,
	        .ended = reload_ended,
	        .owner = service,
	};

	return reload_create(&served, &service->reload);
}

static int open_engine(struct service *service)
{
	int rc = open_signals(&service->signals);

	if (!rc)
		rc = engine_create(&service->say, &service->exports, service->io, &service->engine);
	if (!rc)
		engine_set_listen(service->engine, service->line->listen);
	for (size_t i = 0; !rc && i < service->lans.count; i++)
		rc = engine_add_lan(service->engine, service->lans.list[i].lan,
		                    service->plan.buffers);
	if (!rc)
		rc = engine_watch(service->engine, service->signals, take_signal, service);
	if (!rc && service->line->max_age)
		engine_set_max_age(service->engine, service->line->max_age);
	if (!rc)
		rc = open_reload(service);
	if (!rc) {
		engine_on_link(service->engine, tell_link, service);
		engine_on_asked(service->engine, take_asked, service);
	}
	if (rc)
		say_print(&service->say, SAY_ERROR, "%s", strerror(-rc));
	return rc;
}

static int open_administer(struct service *service)
{
	service->administer = (struct administer){
	        .engine = service->engine,
	        .exports = &service->exports,
	        .lans = &service->lans,
	        .reload = start_reload,
	        .reload_is_held_up = is_held_up,
	        .withdraw_closed = withdraw_closed,
	        .owner = service,
	};
	return administer_start(&service->administer, service->line->control, &service->say);
}

/* All is open. What runs without a filter runs all the same, as on a kernel that was built without.
 */
static void confine_self(const struct say *say)
{
#ifdef __SANITIZE_ADDRESS__
	const bool traced = true; /* at the end, by LeakSanitizer */
#else
	const bool traced = false;
#endif
	int rc = confine(traced);

	if (rc)
		say_print(say, SAY_WARNING,
		          "seccomp: %s: system calls that the target does not need stay allowed",
		          strerror(-rc));
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
	if (!rc)
		rc = supervise_start(&service->supervise, service->engine, &service->say);
	if (!rc)
		rc = open_administer(service);
	if (!rc) {
		confine_self(&service->say);
		engine_announce(service->engine);
		look_if_ready(service);
		rc = engine_run(service->engine);
	}
	return rc;
}

/* in_use: a disk that does not answer still has what it was given. */
static void release(struct service *service, bool in_use)
{
	supervise_end(&service->supervise);
	administer_end(&service->administer);
	reload_free(service->reload);
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

/* Reads what is to be served, and serves it. Returns an enum cli_exit, the reason said. */
static int run(struct service *service)
{
	struct why why;
	int rc;

	if (command_plan(service->line, &service->plan, &why)) {
		say_print(&service->say, SAY_ERROR, "%s", why.text);
		return CLI_USAGE;
	}
	raise_limits();
	rc = serve(service);
	release(service, rc == -ETIMEDOUT);
	return rc ? CLI_FAILED : CLI_OK;
}

int serve_run(const struct command_line *line)
{
	bool journal = journal_reads(getenv("JOURNAL_STREAM"), STDERR_FILENO);
	struct service service = {.line = line, .signals = -1, .supervise = SUPERVISE_NONE};
	struct log *log;
	int status, rc = log_create(STDERR_FILENO, line->name, journal, &log);

	if (rc) {
		fprintf(stderr, "%s: %s\n", line->name, strerror(-rc));
		return CLI_FAILED;
	}
	service.say = (struct say){.print = log_print, .owner = log};
	status = run(&service);
	log_end(log);
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
