/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/supervise.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static void feed_watchdog(void *owner)
{
	struct supervise *supervise = owner;
	uint64_t count;

	if (read(supervise->timer, &count, sizeof(count)) == sizeof(count))
		notify_send(&supervise->notify, "WATCHDOG=1");
}

static int start_timer(struct supervise *supervise, struct engine *engine, uint64_t interval)
{
	const struct timespec every = {.tv_sec = (time_t)(interval / 1000),
	                               .tv_nsec = (long)(interval % 1000) * 1000000};
	const struct itimerspec times = {.it_interval = every, .it_value = every};

	supervise->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (supervise->timer < 0 || timerfd_settime(supervise->timer, 0, &times, NULL))
		return -errno;
	return engine_watch(engine, supervise->timer, feed_watchdog, supervise);
}

int supervise_start(struct supervise *supervise, struct engine *engine, const struct say *say)
{
	const char *address = getenv("NOTIFY_SOCKET");
	uint64_t interval =
	        notify_interval(getenv("WATCHDOG_USEC"), getenv("WATCHDOG_PID"), getpid());
	int rc = notify_open(&supervise->notify, address);

	if (!rc && address && interval)
		rc = start_timer(supervise, engine, interval);
	if (rc)
		say_print(say, SAY_ERROR, "NOTIFY_SOCKET %s: %s", address, strerror(-rc));
	return rc;
}

void supervise_end(struct supervise *supervise)
{
	notify_close(&supervise->notify);
	if (supervise->timer >= 0)
		close(supervise->timer);
	supervise->timer = -1;
}

void supervise_ready(const struct supervise *supervise, const char *status)
{
	notify_send(&supervise->notify, "READY=1\nSTATUS=%s", status);
}

void supervise_reloading(const struct supervise *supervise)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	notify_send(&supervise->notify, "RELOADING=1\nMONOTONIC_USEC=%lld",
	            (long long)t.tv_sec * 1000000 + t.tv_nsec / 1000);
}

void supervise_stopping(const struct supervise *supervise)
{
	notify_send(&supervise->notify, "STOPPING=1");
}
