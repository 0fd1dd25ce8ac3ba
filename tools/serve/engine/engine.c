/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "tools/serve/engine/claims.h"
#include "tools/serve/engine/inside.h"
#include "tools/serve/engine/measure.h"
#include "tools/serve/engine/probe.h"
#include "tools/serve/engine/retire.h"

enum {
	EVENTS = 16,
	LOOK_MS = 1000, /* between two looks at what takes long */
	AWAY_MS = 3000, /* without a look, which is when the loop did not run */
	/* An export that moves with its address is looked after so often that one second in which
	 * the machine stood still is seen: no other server takes over within less. */
	BEAT_MS = 250,
	STILL_MS = 750,
	UNASKED_MS = 10000, /* between two looks at how large files are, though nobody asks */
	STOP_MS = 10000,    /* for a disk to finish what was begun, when the target is to end */
	TURNS_HEARD = 16,   /* after which all answers were heard that a LAN's buffers hold */
	TURNS_BUSY = 8,     /* in a row, before what they asked for is begun in any case */
};

/* Tells who is to know, if there is news, and that is none any more. */
static void tell(const struct hook *hook, bool *news)
{
	if (*news && hook->tell)
		hook->tell(hook->owner);
	*news = false;
}

/* A descriptor that the loop waits for. */
struct watch {
	struct watch *next;
	int fd; /* -1: ended, to be freed after this turn */
	void (*ready)(void *owner);
	void *owner;
};

/* ---- what is waited for ---- */

int engine_watch(struct engine *engine, int fd, void (*ready)(void *owner), void *owner)
{
	struct watch *watch = malloc(sizeof(*watch));
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = watch};

	if (!watch)
		return -ENOMEM;
	*watch = (struct watch){engine->watches, fd, ready, owner};
	if (epoll_ctl(engine->epoll, EPOLL_CTL_ADD, fd, &event)) {
		free(watch);
		return -errno;
	}
	engine->watches = watch;
	return 0;
}

void engine_unwatch(struct engine *engine, int fd)
{
	for (struct watch *watch = engine->watches; watch; watch = watch->next) {
		if (watch->fd != fd)
			continue;
		epoll_ctl(engine->epoll, EPOLL_CTL_DEL, fd, NULL);
		watch->fd = -1;
		engine->watch_ended = true;
	}
}

static void free_ended_watches(struct engine *engine)
{
	struct watch **at = &engine->watches;

	while (*at) {
		struct watch *watch = *at;

		if (watch->fd >= 0) {
			at = &watch->next;
			continue;
		}
		*at = watch->next;
		free(watch);
	}
	engine->watch_ended = false;
}

/* ---- what it is told once, and whom it tells ---- */

void engine_set_max_age(struct engine *engine, unsigned int milliseconds)
{
	engine->requests.max_age = milliseconds;
}

void engine_set_listen(struct engine *engine, unsigned int milliseconds)
{
	engine->requests.listen = milliseconds;
}

void engine_on_asked(struct engine *engine, void (*asked)(void *owner), void *owner)
{
	engine->asked = (struct hook){asked, owner};
}

bool engine_is_asking(const struct engine *engine)
{
	return claims_are_open(&engine->requests);
}

void engine_on_link(struct engine *engine, void (*changed)(void *owner), void *owner)
{
	engine->link = (struct hook){changed, owner};
}

void engine_on_closed(struct engine *engine, void (*closed)(void *owner), void *owner)
{
	engine->closed = (struct hook){closed, owner};
}

void engine_on_quiet(struct engine *engine, void (*quiet)(void *owner), void *owner)
{
	engine->quiet = (struct hook){quiet, owner};
}

struct captures *engine_captures(struct engine *engine)
{
	return &engine->captures;
}

/* ---- the loop ---- */

static void close_retired(struct engine *engine)
{
	bool closed = engine->requests.exports->retired && retire_close(&engine->requests);

	tell(&engine->closed, &closed);
}

/* Now is when this turn begins; that of a fault that is rehearsed may have come. */
static void set_time(struct engine *engine)
{
	engine->requests.now = milliseconds(CLOCK_MONOTONIC);
	fault_run(&engine->requests.faults, engine->requests.now);
}

void engine_work(struct engine *engine)
{
	set_time(engine);
	members_look(engine);
	members_take(engine);
	requests_commit(&engine->requests);
	members_send(engine);
	tell(&engine->quiet, &engine->requests.quiet);
	close_retired(engine);
}

static void note_tasks(void *owner)
{
	struct engine *engine = owner;

	engine->tasks_left = true;
}

/* Once in a while: what hangs is seen although nothing happens. */
static void look_after(struct engine *engine)
{
	struct requests *requests = &engine->requests;
	uint64_t since = requests->now - engine->last_look;

	if (since < LOOK_MS)
		return;
	engine->last_look = requests->now;
	/* The loop itself stood still: what a disk has answered meanwhile is still to be heard. */
	if (since > AWAY_MS)
		requests_were_away(requests, since);
	requests_look_after(requests);
	probe_all(requests);
}

/* A disk tells nobody that it has grown. */
static void look_for_growth(struct engine *engine)
{
	if (engine->stopped || engine->requests.now - engine->last_growth < UNASKED_MS)
		return;
	engine->last_growth = engine->requests.now;
	measure_growth_of_all(&engine->requests);
}

/*
 * Whoever answered in time was heard, however late this is: what has arrived is taken first, up to
 * what a LAN can hold.
 */
static void look_at_claims(struct engine *engine)
{
	if (engine->stopped || engine->requests.now < engine->requests.claims_due)
		return;
	members_look(engine);
	engine->frames_left = members_take(engine);
	if (engine->frames_left && ++engine->turns_due < TURNS_HEARD)
		return;
	engine->turns_due = 0;
	claims_run(&engine->requests);
}

/* When something goes on by itself; UINT64_MAX: nothing does. */
static uint64_t next_due(const struct engine *engine)
{
	const struct requests *requests = &engine->requests;
	uint64_t due = fault_due(&requests->faults);

	return engine->stopped || due < requests->claims_due ? due : requests->claims_due;
}

/* The timeout, unless there is something to be looked after, or to go on, before. */
static int shorter(int timeout, const struct engine *engine)
{
	const struct requests *requests = &engine->requests;
	bool look = requests->busy || requests->failing || requests->leaving;
	uint64_t due = next_due(engine), now;

	if (engine->frames_left || engine->tasks_left || requests->quiet)
		return 0;
	if (timeout < 0 || timeout > UNASKED_MS)
		timeout = UNASKED_MS;
	if (look && timeout > LOOK_MS)
		timeout = LOOK_MS;
	if (timeout > BEAT_MS && engine->movable)
		timeout = BEAT_MS;
	if (due == UINT64_MAX)
		return timeout;
	now = milliseconds(CLOCK_MONOTONIC);
	if (due <= now)
		return 0;
	return due - now < (uint64_t)timeout ? (int)(due - now) : timeout;
}

static void begin_storage(struct engine *engine)
{
	engine->turns_busy = 0;
	requests_commit(&engine->requests);
	members_send(engine);
	if (engine->io)
		io_flush(engine->io);
}

/*
 * The result is epoll_wait's. What was asked for is begun when nothing more comes: so it is handed
 * over together, and what has come in one burst has one sync.
 */
static int await(struct engine *engine, struct epoll_event *events, int timeout)
{
	int count = epoll_wait(engine->epoll, events, EVENTS, 0);
	bool busy = count > 0 || engine->frames_left || engine->tasks_left;

	if (count < 0 || (busy && ++engine->turns_busy < TURNS_BUSY))
		return count;
	begin_storage(engine);
	if (count)
		return count;
	timeout = shorter(timeout, engine);
	engine->expected += (uint64_t)timeout;
	return epoll_wait(engine->epoll, events, EVENTS, timeout);
}

/*
 * Whoever stood still does not know who has taken over meanwhile. What waits in its queues looks
 * fresh: it is not answered before the LANs were asked.
 */
static void notice_standstill(struct engine *engine)
{
	uint64_t now = engine->requests.now, expected = engine->expected;

	engine->expected = now;
	if (!expected || now < expected + STILL_MS || !engine->movable)
		return;
	say_print(engine->say, SAY_WARNING,
	          "this machine stood still for %llu ms: who serves its exports by now is asked "
	          "first",
	          (unsigned long long)(now - expected));
	members_ask(engine);
}

/* One wait, of at most so many milliseconds (-1: for ever), and what came of it. */
static int turn(struct engine *engine, int timeout)
{
	struct epoll_event events[EVENTS];
	int count = await(engine, events, timeout), rc;

	if (count < 0 && errno != EINTR) {
		rc = -errno;
		say_print(engine->say, SAY_ERROR, "epoll: %s", strerror(errno));
		return rc;
	}
	set_time(engine);
	notice_standstill(engine);
	members_watch_clock(engine);
	for (int i = 0; i < count; i++) {
		struct watch *watch = events[i].data.ptr;

		if (watch->fd >= 0)
			watch->ready(watch->owner);
	}
	engine->tasks_left = engine->tasks_left && io_dispatch(engine->io);
	engine->frames_left = !engine->stopped && members_take(engine);
	look_at_claims(engine);
	members_send(engine);
	tell(&engine->quiet, &engine->requests.quiet);
	close_retired(engine);
	tell(&engine->asked, &engine->requests.claims_decided);
	look_after(engine);
	look_for_growth(engine);
	tell(&engine->link, &engine->link_changed);
	members_report(engine);
	if (engine->watch_ended)
		free_ended_watches(engine);
	return 0;
}

void engine_stop(struct engine *engine)
{
	engine->stopped = true;
	engine->requests.ending = true;
}

/* Finishes what was begun for each export, and closes it; but not beyond the deadline. */
static int drain(struct engine *engine, uint64_t deadline)
{
	int rc = 0;

	retire_all(&engine->requests);
	while (!rc && engine->requests.exports->retired) {
		uint64_t now = milliseconds(CLOCK_MONOTONIC);

		rc = now < deadline ? turn(engine, (int)(deadline - now)) : -ETIMEDOUT;
	}
	return rc;
}

int engine_run(struct engine *engine)
{
	int rc = 0;

	while (!rc && !engine->stopped)
		rc = turn(engine, -1);
	if (rc)
		return rc;
	members_unwatch(engine);
	rc = drain(engine, milliseconds(CLOCK_MONOTONIC) + STOP_MS);
	if (rc == -ETIMEDOUT)
		retire_say_unfinished(&engine->requests);
	return rc ? rc : engine->requests.last_error;
}

int engine_create(const struct say *say, struct exports *exports, struct io *io,
                  struct engine **engine)
{
	struct engine *e = calloc(1, sizeof(*e));
	int rc;

	if (!e)
		return -ENOMEM;
	e->say = say;
	e->io = io;
	e->epoll = epoll_create1(EPOLL_CLOEXEC);
	rc = e->epoll < 0 ? -errno : requests_init(&e->requests, say, exports);
	if (!rc && io)
		rc = engine_watch(e, io->fd, note_tasks, e);
	if (rc) {
		engine_free(e);
		return rc;
	}
	*engine = e;
	return 0;
}

void engine_free(struct engine *engine)
{
	if (!engine)
		return;
	members_free(engine);
	for (struct watch *watch = engine->watches; watch; watch = watch->next)
		watch->fd = -1;
	free_ended_watches(engine);
	requests_release(&engine->requests);
	if (engine->epoll >= 0)
		close(engine->epoll);
	free(engine);
}
