/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/serve/engine/claims.h"
#include "tools/serve/engine/inside.h"
#include "tools/serve/engine/presence.h"

enum {
	CLOCK_NOISE_MS = 10, /* that two readings of clocks may lie apart */
	/* Frames that are taken before what they wrote is made stable. */
	TURN_FRAMES = 4 * LAN_BATCH,
};

/* ---- frames ---- */

void members_send(struct engine *engine)
{
	for (struct member *member = engine->members; member; member = member->next)
		port_send(member->port);
}

void members_look(struct engine *engine)
{
	for (struct member *member = engine->members; member; member = member->next)
		member->readable = true;
}

/*
 * A clock that was set back would make every write older than those of before, and so superseded.
 * One that was set far forward makes what waits look old, and rightly: the machine may have been
 * paused.
 */
void members_watch_clock(struct engine *engine)
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
	members_watch_clock(engine);
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

bool members_take(struct engine *engine)
{
	struct member *member = NULL;
	size_t taken = 0;

	while (taken < TURN_FRAMES && (member = choose(engine))) {
		struct port *port = member->port;

		taken += 1 + requests_begin(&engine->requests, &port->sink, port_first(port),
		                            port->read_at);
		port_advance(port);
	}
	members_send(engine);
	return member;
}

void members_report(struct engine *engine)
{
	for (struct member *member = engine->members; member; member = member->next)
		if (port_has_losses(member->port))
			port_report(member->port, engine->say, engine->requests.now);
}

void members_ask(struct engine *engine)
{
	for (struct member *member = engine->members; member; member = member->next)
		claims_first_heard(&engine->requests, &member->port->sink);
}

void engine_announce(struct engine *engine)
{
	for (struct member *member = engine->members; member; member = member->next)
		if (member->port->lan->state == LAN_UP)
			presence_announce(&engine->requests, &member->port->sink);
	members_send(engine);
}

/* ---- LANs that come and go ---- */

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

void members_accept_mac(struct engine *engine, const struct export *export)
{
	for (struct member *member = engine->members; member; member = member->next)
		accept_mac(engine, member->port->lan, export);
}

static void set_readable(void *owner)
{
	struct member *member = owner;

	member->readable = true;
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

void members_unwatch(struct engine *engine)
{
	for (struct member *member = engine->members; member; member = member->next)
		engine_unwatch(engine, member->port->lan->fd);
}

void members_free(struct engine *engine)
{
	while (engine->members) {
		struct member *member = engine->members;

		engine->members = member->next;
		port_free(member->port);
		free(member);
	}
}
