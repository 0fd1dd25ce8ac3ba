/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where frames go out, as those who make them see it: a LAN without its inside. */
#ifndef TOOLS_SERVE_WIRE_SINK_H
#define TOOLS_SERVE_WIRE_SINK_H

#include "tools/lan/lan.h"
#include "tools/serve/wire/protocol.h"

struct sink {
	struct sink *next;        /* of those of this target */
	const char *name;         /* of the LAN, for messages */
	struct protocol_lan view; /* what replies say of it */
	bool up;                  /* frames go out and come in */
	bool heard; /* something came in since then: what is sent reaches others by now */
	/* Takes a frame to be sent, in order. Its buffer is exchanged for an empty one. */
	void (*send)(struct sink *sink, struct lan_frame *frame);
};

static inline void sink_send(struct sink *sink, struct lan_frame *frame)
{
	sink->send(sink, frame);
}

#endif
