/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/engine/engine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "tools/serve/engine/claims.h"
#include "tools/serve/engine/clock.h"
#include "tools/serve/engine/measure.h"
#include "tools/serve/engine/presence.h"
#include "tools/serve/engine/probe.h"
#include "tools/serve/engine/request.h"
#include "tools/serve/engine/retire.h"
#include "tools/serve/engine/transfer.h"
#include "tools/serve/export/claim.h"
#include "tools/serve/export/layers.h"
#include "tools/serve/lan/port.h"

enum {
	EVENTS = 16,
	CLOCK_NOISE_MS = 10, /* that two readings of clocks may lie apart */
	LOOK_MS = 1000,      /* between two looks at what takes long */
	AWAY_MS = 3000,      /* without a look, which is when the loop did not run */
	/* An export that moves with its address is looked after so often that one second in which
	 * the machine stood still is seen: no other server takes over within less. */
	BEAT_MS = 250,
	STILL_MS = 750,
	UNASKED_MS = 10000, /* between two looks at how large files are, though nobody asks */
	STOP_MS = 10000,    /* for a disk to finish what was begun, when the target is to end */
	/* Frames that are taken before what they wrote is made stable. */
	TURN_FRAMES = 4 * LAN_BATCH,
	TURNS_HEARD = 16, /* after which all answers were heard that a LAN's buffers hold */
	TURNS_BUSY = 8,   /* in a row, before what they asked for is begun in any case */
};

/* Who is told of something. */
struct hook {
	void (*tell)(void *owner); /* NULL: nobody */
	void *owner;
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

/* A LAN in the loop. */
struct member {
	struct engine *engine;
	struct port *port;
	struct member *next;
	bool readable; /* there may be frames that were not received yet */
};

struct engine {
	const struct say *say;
	struct requests requests;
	struct io *io;
	struct member *members;
	struct captures captures;
	struct watch *watches;
	bool watch_ended; /* one of the watches is to be freed */
	bool stopped;
	bool frames_left;        /* received, and not taken yet */
	bool tasks_left;         /* done, and not told yet */
	unsigned int turns_busy; /* in a row, in which something came */
	unsigned int turns_due;  /* in a row, in which answers were still to be heard */
	struct clock_watch clock;
	uint64_t last_growth; /* milliseconds: when the files' sizes were asked for */
	uint64_t last_look;   /* milliseconds: when those that wait were looked after */
	uint64_t expected; /* milliseconds: when the turn begins, unless the machine stands still */
	bool movable;      /* there is an export that another server may take over, or was */
	bool link_changed; /* since it was told */
	struct hook link, closed, quiet, asked;
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

static void send_all(struct engine *engine)
{
	for (struct member *member = engine->members; member; member = member->next)
		port_send(member->port);
}

static void set_readable(void *owner)
{
	struct member *member = owner;

	member->readable = true;
}

/*
 * A clock that was set back would make every write older than those of before, and so superseded.
 * One that was set far forward makes what waits look old, and rightly: the machine may have been
 * paused.
 */
static void watch_clock(struct engine *engine)
{
	int64_t step = clock_step(&engine->clock, milliseconds(CLOCK_REALTIME),
	                          milliseconds(CLOCK_BOOTTIME));

	if (step < -CLOCK_NOISE_MS) {
		order_forget_times(&engine->requests.order);
		for (struct member *member = engine->members; member; member = member->next)
			port_clock_was_set_back(member->port);
	}
	if (step > (int64_t)engine->requests.max_age)
		say_print(engine->say, SAY_WARNING,
		          "the clock went forward by %lld s: this machine was paused, or the clock "
		          "was set: requests from before are dropped, and initiators repeat them",
		          (long long)step / 1000);
}

/* A batch of one whose last is used up. The clock may have been set since the turn began. */
static void receive(struct engine *engine, struct member *member)
{
	struct port *port = member->port;

	port_send(port);
	member->readable = port_receive(port);
	watch_clock(engine);
	if (!port_has_changed(port, engine->say))
		return;
	engine->link_changed = true;
	claims_follow_link(&engine->requests, &port->sink);
	if (port->lan->state == LAN_UP)
		presence_announce(&engine->requests, &port->sink);
}

/* The member whose first frame arrived first of all that were received, or NULL. */
static struct member *find_earliest(const struct engine *engine)
{
	struct member *earliest = NULL;

	for (struct member *m = engine->members; m; m = m->next) {
		const struct lan_frame *frame = port_first(m->port);

		if (frame && (!earliest || frame->received < port_first(earliest->port)->received))
			earliest = m;
	}
	return earliest;
}

/*
 * The member with the frame that arrived first on any LAN, or NULL if there is none. A LAN whose
 * frames are used up may have got some that arrived before those of another.
 */
static struct member *choose(struct engine *engine)
{
	struct member *earliest;

	for (struct member *m = engine->members; m; m = m->next)
		if (m->readable && !port_first(m->port))
			receive(engine, m);
	earliest = find_earliest(engine);
	if (!earliest || !engine->members->next)
		return earliest;
	for (struct member *m = engine->members; m; m = m->next)
		if (!port_first(m->port) &&
		    m->port->complete_until < port_first(earliest->port)->received)
			receive(engine, m);
	return find_earliest(engine);
}

/* In the order of their arrival over all LANs. Returns true if some are left for the next turn. */
static bool take_frames(struct engine *engine)
{
	struct member *member = NULL;
	size_t taken = 0;

	while (taken < TURN_FRAMES && (member = choose(engine))) {
		struct port *port = member->port;

		taken += 1 + requests_begin(&engine->requests, &port->sink, port_first(port),
		                            port->read_at);
		port_advance(port);
	}
	send_all(engine);
	return member;
}

/* ---- addresses that exports answer from ---- */

static void accept_mac(struct engine *engine, struct lan *lan, const struct export *export)
{
	char name[AOE_ADDRESS_TEXT], mac[MAC_TEXT];
	int rc = export->view.has_mac ? lan_accept(lan, export->view.mac) : 0;

	engine->movable |= export->view.has_mac;
	if (rc)
		say_print(engine->say, SAY_ERROR,
		          "%s: %s: frames for %s are not received: %s: serve it without vmac",
		          aoe_address_format(export->view.address, name), lan->name,
		          mac_format(export->view.mac, mac), strerror(-rc));
}

static void accept_macs(struct engine *engine, struct lan *lan)
{
	const struct exports *exports = engine->requests.exports;

	for (size_t i = 0; i < exports->count; i++)
		accept_mac(engine, lan, exports->list[i]);
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
		rc = engine_watch(engine, lan->fd, set_readable, member);
	if (rc) {
		if (member)
			port_free(member->port);
		free(member);
		return rc;
	}
	engine->members = member;
	member->port->captures = &engine->captures;
	accept_macs(engine, lan);
	member->port->sink.next = engine->requests.sinks;
	engine->requests.sinks = &member->port->sink;
	for (size_t i = 0; i < engine->requests.exports->count; i++)
		claims_begin(&engine->requests, engine->requests.exports->list[i],
		             &member->port->sink);
	return 0;
}

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

void engine_remove_lan(struct engine *engine, struct lan *lan)
{
	struct member **at = &engine->members;
	struct member *member;

	while (*at && (*at)->port->lan != lan)
		at = &(*at)->next;
	member = *at;
	if (!member)
		return;
	*at = member->next;
	if (lan->fd >= 0)
		engine_unwatch(engine, lan->fd);
	requests_forget_sink(&engine->requests, &member->port->sink);
	port_free(member->port);
	free(member);
}

void engine_set_buffers(struct engine *engine, unsigned int buffers)
{
	for (struct member *member = engine->members; member; member = member->next)
		port_set_buffers(member->port, buffers);
}

/* ---- exports that come and go ---- */

static void add_export(struct engine *engine, struct export *export)
{
	requests_adopt(&engine->requests, export);
	exports_add(engine->requests.exports, export);
	for (struct member *member = engine->members; member; member = member->next)
		accept_mac(engine, member->port->lan, export);
	presence_announce_export(&engine->requests, export);
}

void engine_add_export(struct engine *engine, struct export *export)
{
	claims_begin_everywhere(&engine->requests, export);
	add_export(engine, export);
}

void engine_replace_export(struct engine *engine, struct export *before, struct export *export)
{
	if (!export->options.duplicate) {
		export->claims = before->claims;
		before->claims = NULL;
	}
	export->forced = before->forced;
	engine_retire_export(engine, before);
	add_export(engine, export);
}

void engine_retire_export(struct engine *engine, struct export *export)
{
	engine->requests.claims_decided |= export->claims != NULL;
	exports_retire(engine->requests.exports, export);
	for (struct member *m = engine->members; export->view.has_mac && m; m = m->next)
		lan_refuse(m->port->lan, export->view.mac);
}

void engine_keep_tenure(struct engine *engine, const struct export *export)
{
	claims_keep_tenure(&engine->requests, export);
}

void engine_discard_export(struct engine *engine, struct export *export)
{
	const struct fault_rules none = {0};

	requests_adopt(&engine->requests, export);
	export_set_faults(export, &none);
	export->synced_last = true; /* nothing was written */
	for (struct export *l = layers_next(export, NULL); l; l = layers_next(export, l))
		l->synced_last = true;
	exports_discard(engine->requests.exports, export);
}

bool engine_drop_layer(struct engine *engine, struct export *export, struct mac mac)
{
	struct export *layer = export->layers ? layers_find(export, mac) : NULL;
	const struct fault_rules none = {0};
	char name[AOE_ADDRESS_TEXT];

	if (!layer)
		return false;
	if (layer->retired)
		return true;
	say_print(engine->say, SAY_NOTICE, "%s: %s: dropped: it holds %llu KiB",
	          aoe_address_format(layer->view.address, name), layer->options.file.path,
	          (unsigned long long)layers_used(layer) / 1024);
	layers_discard(layer);
	/* Nobody could take them off any more. */
	export_set_faults(layer, &none);
	exports_retire_layer(engine->requests.exports, layer);
	return true;
}

void engine_on_link(struct engine *engine, void (*changed)(void *owner), void *owner)
{
	engine->link = (struct hook){changed, owner};
}

void engine_on_closed(struct engine *engine, void (*closed)(void *owner), void *owner)
{
	engine->closed = (struct hook){closed, owner};
}

/* Makes stable what was acknowledged before it was. Returns false if too much is under way. */
static bool sync_withdrawn(struct engine *engine, struct export *export)
{
	return !export->options.writeback || export->retired ||
	       transfer_sync(&engine->requests, export);
}

int engine_withdraw(struct engine *engine, struct export *export)
{
	char name[AOE_ADDRESS_TEXT];
	int rc = 0;

	if (!export->withdrawn)
		say_print(engine->say, SAY_NOTICE, "%s: withdrawn: it answers no more",
		          aoe_address_format(export->view.address, name));
	export->withdrawn = true;
	export->forced = false;
	engine->requests.claims_decided |= export->claims != NULL;
	claim_drop_all(&export->claims);
	layers_follow(export);
	if (!sync_withdrawn(engine, export))
		rc = -EBUSY;
	for (struct export *l = layers_next(export, NULL); l; l = layers_next(export, l))
		if (!sync_withdrawn(engine, l))
			rc = -EBUSY;
	return rc;
}

static void resume(struct engine *engine, struct export *export, bool force)
{
	const bool was_withdrawn = export->withdrawn;
	char name[AOE_ADDRESS_TEXT];

	if (!export->withdrawn && !export->claims)
		return;
	if (export->withdrawn || force)
		say_print(engine->say, SAY_NOTICE, "%s: resumed%s",
		          aoe_address_format(export->view.address, name),
		          force ? ", whoever else answers for it" : "");
	export->withdrawn = false;
	layers_follow(export);
	if (force)
		claim_drop_all(&export->claims);
	else if (was_withdrawn)
		claims_begin_everywhere(&engine->requests, export);
	else
		claims_begin_again(&engine->requests, export);
	engine->requests.claims_decided = true;
	presence_announce_export(&engine->requests, export);
}

void engine_resume(struct engine *engine, struct export *export, bool force)
{
	export->forced = force;
	resume(engine, export, force);
}

void engine_on_quiet(struct engine *engine, void (*quiet)(void *owner), void *owner)
{
	engine->quiet = (struct hook){quiet, owner};
}

void engine_set_access(struct engine *engine, struct export *export,
                       const struct export_options *options)
{
	export_set_access(export, options);
	if (options->duplicate && export->claims)
		resume(engine, export, true);
	presence_announce_export(&engine->requests, export);
}

void engine_set_faults(struct engine *engine, struct export *export,
                       const struct fault_rules *rules)
{
	bool before = export->options.faults.count;
	char name[AOE_ADDRESS_TEXT];

	if (!strcmp(export->options.faults.text, rules->text))
		return;
	export_set_faults(export, rules);
	export_describe_faults(export, engine->say);
	if (before && !rules->count)
		say_print(engine->say, SAY_NOTICE, "%s: no faults any more",
		          aoe_address_format(export->view.address, name));
}

void engine_measure(struct engine *engine, struct export *export, uint64_t length)
{
	(void)engine;
	measure_export(export, length);
}

static void close_retired(struct engine *engine)
{
	bool closed = engine->requests.exports->retired && retire_close(&engine->requests);

	tell(&engine->closed, &closed);
}

struct captures *engine_captures(struct engine *engine)
{
	return &engine->captures;
}

void engine_announce(struct engine *engine)
{
	for (struct member *member = engine->members; member; member = member->next)
		if (member->port->lan->state == LAN_UP)
			presence_announce(&engine->requests, &member->port->sink);
	send_all(engine);
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
	for (struct member *member = engine->members; member; member = member->next)
		member->readable = true;
	take_frames(engine);
	requests_commit(&engine->requests);
	send_all(engine);
	tell(&engine->quiet, &engine->requests.quiet);
	close_retired(engine);
}

static void report(struct engine *engine)
{
	for (struct member *member = engine->members; member; member = member->next)
		if (port_has_losses(member->port))
			port_report(member->port, engine->say, engine->requests.now);
}

static void note_tasks(void *owner)
{
	struct engine *engine = owner;

	engine->tasks_left = true;
}

/* ---- the loop ---- */

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
	for (struct member *member = engine->members; member; member = member->next)
		member->readable = true;
	engine->frames_left = take_frames(engine);
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
	send_all(engine);
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
	for (struct member *member = engine->members; member; member = member->next)
		claims_first_heard(&engine->requests, &member->port->sink);
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
	watch_clock(engine);
	for (int i = 0; i < count; i++) {
		struct watch *watch = events[i].data.ptr;

		if (watch->fd >= 0)
			watch->ready(watch->owner);
	}
	engine->tasks_left = engine->tasks_left && io_dispatch(engine->io);
	engine->frames_left = !engine->stopped && take_frames(engine);
	look_at_claims(engine);
	send_all(engine);
	tell(&engine->quiet, &engine->requests.quiet);
	close_retired(engine);
	tell(&engine->asked, &engine->requests.claims_decided);
	look_after(engine);
	look_for_growth(engine);
	tell(&engine->link, &engine->link_changed);
	report(engine);
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
	for (struct member *member = engine->members; member; member = member->next)
		engine_unwatch(engine, member->port->lan->fd);
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
