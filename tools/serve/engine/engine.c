/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/engine/engine.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "tools/serve/engine/clock.h"
#include "tools/serve/engine/request.h"
#include "tools/serve/lan/port.h"

enum {
	EVENTS = 16,
	ROUNDS = 4, /* batches from one LAN before what they wrote is made stable */
};

/* A descriptor that the loop waits for. */
struct watch {
	struct watch *next;
	int fd; /* -1: ended, to be freed after this turn */
	void (*ready)(void *owner);
	void *owner;
};

/* A LAN in the loop. */
struct member {
	struct engine *engine;
	struct port *port;
	struct member *next;
};

struct engine {
	const struct say *say;
	struct requests requests;
	struct member *members;
	struct watch *watches;
	bool watch_ended; /* one of the watches is to be freed */
	bool stopped;
	bool paused; /* all jobs are under way: the LANs are not listened to */
	int epoll;
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

/* ---- the LANs ---- */

/* One batch. Returns true if there may be more. */
static bool receive_batch(struct engine *engine, struct port *port)
{
	size_t received = port_receive(port);
	struct lan_frame *frame;

	if (port_has_changed(port, engine->say) && port->lan->state == LAN_UP)
		requests_announce(&engine->requests, &port->sink);
	while ((frame = port_first(port)) && requests_begin(&engine->requests, &port->sink, frame))
		port_advance(port);
	port_send(port);
	return !frame && received &&
	       (received == LAN_BATCH || requests_have_uncommitted(&engine->requests));
}

static void send_all(struct engine *engine)
{
	for (struct member *member = engine->members; member; member = member->next)
		port_send(member->port);
}

static void commit_all(struct engine *engine)
{
	requests_commit(&engine->requests);
	send_all(engine);
}

/* What has arrived on one LAN. Writes gather for a few batches and share a sync. */
static void receive(void *owner)
{
	struct member *member = owner;

	for (int round = 0; round < ROUNDS; round++)
		if (!receive_batch(member->engine, member->port))
			break;
	port_report(member->port, member->engine->say, milliseconds(CLOCK_MONOTONIC));
}

int engine_add_lan(struct engine *engine, struct lan *lan, unsigned int buffers)
{
	struct member *member = malloc(sizeof(*member));
	int rc = member ? 0 : -ENOMEM;

	if (!rc) {
		*member = (struct member){.engine = engine, .next = engine->members};
		rc = port_create(lan, buffers, &member->port);
	}
	if (!rc && lan->fd >= 0)
		rc = engine_watch(engine, lan->fd, receive, member);
	if (rc) {
		if (member)
			port_free(member->port);
		free(member);
		return rc;
	}
	engine->members = member;
	member->port->sink.next = engine->requests.sinks;
	engine->requests.sinks = &member->port->sink;
	return 0;
}

void engine_announce(struct engine *engine)
{
	for (struct member *member = engine->members; member; member = member->next)
		if (member->port->lan->state == LAN_UP)
			requests_announce(&engine->requests, &member->port->sink);
	send_all(engine);
}

void engine_work(struct engine *engine)
{
	for (struct member *member = engine->members; member; member = member->next)
		receive(member);
	commit_all(engine);
}

/* With no job left for them, requests stay where they are until there is one again. */
static void listen_to_lans(struct engine *engine)
{
	bool pause = !engine->requests.jobs.free;

	for (struct member *member = engine->members; !pause && member; member = member->next) {
		if (port_first(member->port))
			receive(member);
		pause = !engine->requests.jobs.free;
	}
	if (pause == engine->paused)
		return;
	engine->paused = pause;
	for (struct watch *watch = engine->watches; watch; watch = watch->next) {
		struct epoll_event event = {.events = pause ? 0 : EPOLLIN, .data.ptr = watch};

		if (watch->ready == receive)
			epoll_ctl(engine->epoll, EPOLL_CTL_MOD, watch->fd, &event);
	}
}

/* ---- the stores ---- */

static void dispatch_store(void *owner)
{
	struct store *store = owner;

	store->operations->dispatch(store);
}

/* ---- the loop ---- */

/* One wait and what came of it. */
static int turn(struct engine *engine)
{
	struct epoll_event events[EVENTS];
	int count = epoll_wait(engine->epoll, events, EVENTS, -1);

	if (count < 0)
		return errno == EINTR ? 0 : -errno;
	for (int i = 0; i < count; i++) {
		struct watch *watch = events[i].data.ptr;

		if (watch->fd >= 0)
			watch->ready(watch->owner);
	}
	commit_all(engine);
	listen_to_lans(engine);
	if (engine->watch_ended)
		free_ended_watches(engine);
	return 0;
}

void engine_stop(struct engine *engine)
{
	engine->stopped = true;
}

int engine_run(struct engine *engine)
{
	int rc = 0;

	while (!rc && !engine->stopped)
		rc = turn(engine);
	/* Only stores that finish later leave something under way here. */
	for (struct member *member = engine->members; member; member = member->next)
		engine_unwatch(engine, member->port->lan->fd);
	while (!rc && engine->requests.jobs.busy)
		rc = turn(engine);
	return rc;
}

int engine_create(const struct say *say, struct exports *exports, struct engine **engine)
{
	struct engine *e = calloc(1, sizeof(*e));
	int rc;

	if (!e)
		return -ENOMEM;
	e->say = say;
	e->epoll = epoll_create1(EPOLL_CLOEXEC);
	rc = e->epoll < 0 ? -errno : requests_init(&e->requests, say, exports);
	for (size_t i = 0; !rc && i < exports->count; i++)
		if (exports->list[i]->store->fd >= 0)
			rc = engine_watch(e, exports->list[i]->store->fd, dispatch_store,
			                  exports->list[i]->store);
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
	while (engine->members) {
		struct member *member = engine->members;

		engine->members = member->next;
		port_free(member->port);
		free(member);
	}
	for (struct watch *watch = engine->watches; watch; watch = watch->next)
		watch->fd = -1;
	free_ended_watches(engine);
	requests_release(&engine->requests);
	if (engine->epoll >= 0)
		close(engine->epoll);
	free(engine);
}
