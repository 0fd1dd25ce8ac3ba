/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/lan/port.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "tools/serve/wire/frame.h"

static uint64_t real_time(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static bool is_traced(const struct port *port)
{
	return port->captures && port->captures->first;
}

/* At one time; 0: each at that of its arrival. */
static void trace(const struct port *port, const struct lan_frame *frames, size_t count,
                  uint64_t time)
{
	for (size_t i = 0; i < count; i++)
		captures_add(port->captures, frames[i].data, frames[i].length,
		             time ? time : frames[i].received);
}

void port_send(struct port *port)
{
	if (port->out_count && is_traced(port))
		trace(port, port->out, port->out_count, real_time());
	if (port->out_count)
		lan_send(port->lan, port->out, port->out_count);
	port->out_count = 0;
}

static void swap_buffers(struct lan_frame *a, struct lan_frame *b)
{
	struct lan_frame frame = *a;

	*a = *b;
	*b = frame;
}

static void queue(struct sink *sink, struct lan_frame *frame)
{
	struct port *port = (struct port *)(void *)sink;

	swap_buffers(&port->out[port->out_count++], frame);
	if (port->out_count == LAN_BATCH)
		port_send(port);
}

/* Takes over what the LAN is like. */
static void look(struct port *port)
{
	struct lan *lan = port->lan;

	port->sink.view =
	        (struct protocol_lan){.mac = lan->mac,
	                              .mtu = lan->mtu,
	                              .buffers = port->buffers ? port->buffers : lan->buffers};
	if (port->sink.up != (lan->state == LAN_UP))
		port->sink.heard = !lan->switched;
	port->sink.up = lan->state == LAN_UP;
	lan->changed = false;
}

int port_create(struct lan *lan, unsigned int buffers, struct port **port)
{
	struct port *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	for (size_t i = 0; i < LAN_BATCH; i++) {
		p->in[i].data = frame_create();
		p->out[i].data = frame_create();
		if (p->in[i].data && p->out[i].data)
			continue;
		port_free(p);
		return -ENOMEM;
	}
	p->sink.name = lan->name;
	p->sink.send = queue;
	p->lan = lan;
	p->buffers = buffers;
	look(p);
	*port = p;
	return 0;
}

void port_set_buffers(struct port *port, unsigned int buffers)
{
	port->buffers = buffers;
	port->sink.view.buffers = buffers ? buffers : port->lan->buffers;
}

void port_free(struct port *port)
{
	for (size_t i = 0; port && i < LAN_BATCH; i++) {
		frame_free(port->in[i].data);
		frame_free(port->out[i].data);
	}
	free(port);
}

bool port_receive(struct port *port)
{
	uint64_t before = real_time(), after;

	port->in_first = 0;
	port->in_count = lan_receive(port->lan, port->in, LAN_BATCH);
	after = real_time();
	/* If its arrival is not known, or is still to come since the clock was set back: now. */
	for (size_t i = 0; i < port->in_count; i++)
		if (!port->in[i].received || port->in[i].received > after)
			port->in[i].received = after;
	if (is_traced(port))
		trace(port, port->in, port->in_count, 0);
	port->read_at = before;
	if (port->in_count < LAN_BATCH)
		port->complete_until = before;
	return port->in_count == LAN_BATCH;
}

/* Times to come would be older than none of the next writes until then. */
void port_clock_was_set_back(struct port *port)
{
	uint64_t now = real_time();

	for (size_t i = 0; i < port->in_count; i++)
		if (port->in[port->in_first + i].received > now)
			port->in[port->in_first + i].received = now;
	port->read_at = now;
	port->complete_until = 0;
}

struct lan_frame *port_first(struct port *port)
{
	return port->in_count ? &port->in[port->in_first] : NULL;
}

void port_advance(struct port *port)
{
	port->in_first++;
	port->in_count--;
}

bool port_has_changed(struct port *port, const struct say *say)
{
	const struct lan *lan = port->lan;
	char mac[MAC_TEXT];

	if (!lan->changed)
		return false;
	look(port);
	if (lan->state == LAN_UP)
		say_print(say, SAY_NOTICE, "%s: the link is up: MTU %zu, MAC %s", lan->name,
		          lan->mtu, mac_format(lan->mac, mac));
	else if (lan->state == LAN_DOWN)
		say_print(say, SAY_WARNING, "%s: the link is down: waiting for it", lan->name);
	else if (lan->state == LAN_PORT)
		say_print(say, SAY_WARNING,
		          "%s: it is a port of the %s now, which takes its frames: serve on %s "
		          "instead",
		          lan->name, lan->master, lan_master_name(lan));
	else
		say_print(say, SAY_WARNING, "%s: the interface is gone: waiting for it", lan->name);
	return true;
}

static void report_overruns(struct port *port, const struct say *say, uint64_t now)
{
	uint64_t overruns = port->lan->overruns - port->overruns;
	unsigned long count;

	port->overruns = port->lan->overruns;
	if (limit_pass(&port->overrun_limit, now, overruns, &count))
		say_print(say, SAY_WARNING,
		          "%s: %lu frame%s found no room and %s lost, initiators repeat them: "
		          "requests come faster than they are done: lower --buffers, which is %u",
		          port->lan->name, count, count == 1 ? "" : "s",
		          count == 1 ? "was" : "were", port->sink.view.buffers);
}

bool port_has_losses(const struct port *port)
{
	return port->lan->lost != port->lost || port->lan->overruns != port->overruns ||
	       port->lost_limit.count || port->overrun_limit.count;
}

void port_report(struct port *port, const struct say *say, uint64_t now)
{
	uint64_t lost = port->lan->lost - port->lost;
	unsigned long count;

	report_overruns(port, say, now);
	port->lost = port->lan->lost;
	/* What is sent into a link that is down is lost as expected. */
	if (lost && port->lan->state == LAN_UP && limit_pass(&port->lost_limit, now, lost, &count))
		say_print(say, SAY_WARNING, "%s: %lu frame%s could not be sent", port->lan->name,
		          count, count == 1 ? "" : "s");
}
