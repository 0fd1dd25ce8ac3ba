/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/beside.h"

#include <errno.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "tools/host/aside.h"

/* Returns true if the call is done. */
static bool leave(struct beside *beside)
{
	bool done;

	engine_unwatch(beside->engine, aside_fd(beside->aside));
	engine_unwatch(beside->engine, beside->timer);
	close(beside->timer);
	done = aside_end(beside->aside);
	beside->aside = NULL;
	return done;
}

void beside_stop(struct beside *beside)
{
	if (beside->aside && leave(beside))
		beside->drop(beside->what);
}

/* It is done, or has taken too long. */
static void wake(void *owner)
{
	struct beside *beside = owner;

	beside->ended(beside->owner, leave(beside) ? beside->what : NULL);
}

static int start_timer(struct beside *beside, unsigned int milliseconds)
{
	const struct itimerspec times = {
	        .it_value = {.tv_sec = (time_t)(milliseconds / 1000),
	                     .tv_nsec = (long)(milliseconds % 1000) * 1000000}};
	int rc = 0;

	beside->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (beside->timer < 0)
		return -errno;
	if (timerfd_settime(beside->timer, 0, &times, NULL))
		rc = -errno;
	if (!rc)
		rc = engine_watch(beside->engine, beside->timer, wake, beside);
	if (rc)
		close(beside->timer);
	return rc;
}

static int start_call(struct beside *beside, void (*work)(void *what))
{
	int rc = aside_start(work, beside->drop, beside->what, &beside->aside);

	if (rc) {
		engine_unwatch(beside->engine, beside->timer);
		close(beside->timer);
		beside->drop(beside->what);
		return rc;
	}
	rc = engine_watch(beside->engine, aside_fd(beside->aside), wake, beside);
	if (rc)
		beside_stop(beside);
	return rc;
}

int beside_start(struct beside *beside, void (*work)(void *what), void (*drop)(void *what),
                 void *what, unsigned int milliseconds, void (*ended)(void *owner, void *what))
{
	int rc;

	beside->what = what;
	beside->drop = drop;
	beside->ended = ended;
	rc = start_timer(beside, milliseconds);
	if (!rc)
		return start_call(beside, work);
	drop(what);
	return rc;
}
