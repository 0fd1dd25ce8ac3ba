/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A LAN as the target uses it: batches in, batches out, and what the link does meanwhile. */
#include <time.h>

#include "tools/serve/job.h"

enum { ROUNDS = 4 }; /* batches from one LAN before what they wrote is made stable */

void port_send(struct port *port)
{
	struct lan_frame frames[LAN_BATCH];

	for (size_t i = 0; i < port->outgoing_count; i++)
		frames[i] = port->outgoing[i]->frame;
	if (port->outgoing_count)
		lan_send(port->lan, frames, port->outgoing_count);
	for (size_t i = 0; i < port->outgoing_count; i++)
		free_job(port->target, port->outgoing[i]);
	port->outgoing_count = 0;
}

void port_reply(struct job *job, size_t length)
{
	struct port *port = job->port;

	job->frame.length = length;
	port->outgoing[port->outgoing_count++] = job;
	if (port->outgoing_count == LAN_BATCH)
		port_send(port);
}

void port_look(struct port *port)
{
	port->view = (struct protocol_lan){.mac = port->lan->mac,
	                                   .mtu = port->lan->mtu,
	                                   .buffers = port->buffers ? port->buffers
	                                                            : port->lan->buffers};
	port->lan->changed = false;
}

static void announce_to(struct port *port, const struct export *export, struct mac mac)
{
	uint8_t *frame = port->target->scratch;
	struct lan_frame announcement = {.data = frame, .peer = LAN_EVERYONE};

	announcement.length = protocol_announce(&export->view, &port->view, mac, frame);
	lan_send(port->lan, &announcement, 1);
}

/* An export that only some may use is no business of the others. */
void port_announce(struct port *port)
{
	const struct target *target = port->target;

	for (size_t i = 0; port->lan->state == LAN_UP && i < target->export_count; i++) {
		const struct export *export = &target->exports[i];

		for (size_t m = 0; m < export->view.mac_count; m++)
			announce_to(port, export, export->view.macs[m]);
		if (!export->view.mac_count)
			announce_to(port, export, mac_broadcast);
	}
}

static void follow_link(struct port *port)
{
	const struct lan *lan = port->lan;
	const struct cli_command *command = port->target->command;
	char mac[MAC_TEXT];

	port_look(port);
	if (lan->state == LAN_UP)
		cli_error(command, "%s: the link is up: MTU %zu, MAC %s", lan->name, lan->mtu,
		          mac_format(lan->mac, mac));
	else if (lan->state == LAN_DOWN)
		cli_error(command, "%s: the link is down: waiting for it", lan->name);
	else
		cli_error(command, "%s: the interface is gone: waiting for it", lan->name);
	port_announce(port);
}

static void report_lost(struct port *port)
{
	uint64_t lost = port->lan->lost - port->lost;
	unsigned long count;

	port->lost = port->lan->lost;
	/* What is sent into a link that is down is lost as expected. */
	if (lost && port->lan->state == LAN_UP &&
	    limit_pass(&port->lost_limit, milliseconds(CLOCK_MONOTONIC), lost, &count))
		cli_error(port->target->command, "%s: %lu frame%s could not be sent",
		          port->lan->name, count, count == 1 ? "" : "s");
}

/* One batch. Returns true if there may be more. */
static bool receive_batch(struct port *port)
{
	struct target *target = port->target;
	struct lan_frame frames[LAN_BATCH];
	struct job *jobs[LAN_BATCH];
	size_t count = 0, received;

	while (count < LAN_BATCH && (jobs[count] = take_job(target))) {
		frames[count] = (struct lan_frame){.data = jobs[count]->frame.data};
		count++;
	}
	if (!count)
		return false;
	received = lan_receive(port->lan, frames, count);
	if (port->lan->changed)
		follow_link(port);
	for (size_t i = 0; i < count; i++) {
		/* Buffers may have changed places: all are put back, whoever has them now. */
		jobs[i]->frame = frames[i];
		jobs[i]->port = port;
		if (i >= received)
			free_job(target, jobs[i]);
	}
	for (size_t i = 0; i < received; i++)
		request_handle(jobs[i]);
	port_send(port);
	return received && (received == count || is_anything_to_commit(target));
}

/* What has arrived on one LAN. Writes gather for a few batches and share a sync. */
void port_receive(struct port *port)
{
	for (int round = 0; round < ROUNDS; round++)
		if (!receive_batch(port))
			break;
	commit_all(port->target);
	report_lost(port);
}
