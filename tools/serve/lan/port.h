/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A LAN as the target uses it: frames in batches, from which they are taken one by one, replies
 * gathered to batches, and what the link does meanwhile.
 *
 * Frames are not copied: a port has buffers for a batch each way, and whoever takes a frame or
 * hands one over gives or gets an empty buffer for it. Each is from frame_create, and freed by
 * whoever has it in the end.
 */
#ifndef TOOLS_SERVE_LAN_PORT_H
#define TOOLS_SERVE_LAN_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/lan/lan.h"
#include "tools/serve/watch/capture.h"
#include "tools/serve/watch/limit.h"
#include "tools/serve/watch/say.h"
#include "tools/serve/wire/sink.h"

struct port {
	struct sink sink; /* for replies, which are sent with the next port_send at the latest */
	struct port *next;
	struct lan *lan;
	struct captures *captures; /* that see what comes in and goes out; NULL: there are none */
	unsigned int buffers;      /* what initiators are told; 0: what the LAN says */
	struct lan_frame in[LAN_BATCH], out[LAN_BATCH];
	size_t in_first, in_count; /* those of `in` that are not taken yet */
	size_t out_count;
	/* CLOCK_REALTIME in nanoseconds: every frame that arrived earlier was received. */
	uint64_t complete_until;
	uint64_t read_at; /* when those in hand were received, by the same clock */
	/* Of lan->lost and lan->overruns, what is reported or counted in the limits. */
	uint64_t lost, overruns;
	struct limit lost_limit, overrun_limit;
};

/* lan stays the caller's. Returns 0 or -ENOMEM; port_free releases it. */
int port_create(struct lan *lan, unsigned int buffers, struct port **port);
void port_free(struct port *port);

/* From now on initiators are told that many; 0: what the LAN says. */
void port_set_buffers(struct port *port, unsigned int buffers);

/* Receives a batch; the last one is used up. Returns false when that was all there is. */
bool port_receive(struct port *port);

/* The frame that arrived first of those that are not taken, or NULL. */
struct lan_frame *port_first(struct port *port);

/* The first frame is dealt with; its buffer is full no more, or another, empty one. */
void port_advance(struct port *port);

/* The wall clock was set back: what is in hand is taken for received just now. */
void port_clock_was_set_back(struct port *port);

/* Sends the replies that have gathered. */
void port_send(struct port *port);

/* True if the link changed; then it was said what it is like now. */
bool port_has_changed(struct port *port, const struct say *say);

/* True if port_report may have something to say. */
bool port_has_losses(const struct port *port);

/* Says what was lost, once in a while; now is in milliseconds. */
void port_report(struct port *port, const struct say *say, uint64_t now);

#endif
