/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames for one who traces: they are copied as they come in and go out, into memory of a fixed
 * size, and taken from there when there is time. What finds no room is dropped and counted; nobody
 * waits for who traces.
 *
 * What is taken is a row of records, each a struct capture_record of this machine and then length
 * bytes; the last one is CAPTURE_END.
 */
#ifndef TOOLS_SERVE_WATCH_CAPTURE_H
#define TOOLS_SERVE_WATCH_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/aoe/address.h"

enum { CAPTURE_MEMORY = 8 << 20 }; /* bytes for each: 100 ms of what fills Gigabit Ethernet */

enum capture_kind {
	CAPTURE_FRAME = 1, /* value: when, nanoseconds of CLOCK_REALTIME; then the frame */
	CAPTURE_END,       /* value: how many frames were dropped */
};

struct capture_record {
	uint32_t kind, length;
	uint64_t value;
};

/* Which frames: those for which all hold that are set. */
struct capture_filter {
	bool has_client, has_export;
	struct mac client;         /* that sent it, or is sent it alone */
	struct aoe_address export; /* that it is about; who asks all asks this one too */
	uint64_t count;            /* then it ends; 0: when it is told to */
};

/* All that are under way. All zero: there are none. */
struct captures {
	struct capture *first;
};

struct capture {
	struct captures *all;
	struct capture *next;
	struct capture_filter filter;
	uint8_t *memory;
	size_t start, used; /* what is to be taken, round the end of the memory */
	uint64_t frames, dropped;
	bool ended;
	/* Called when there is something to be taken, and there was nothing before; and at its end.
	 */
	void (*ready)(void *owner);
	void *owner;
};

/* Begins one. Returns 0 or -ENOMEM; capture_free ends it at any time. */
int capture_create(struct captures *captures, const struct capture_filter *filter,
                   struct capture **capture);
void capture_free(struct capture *capture);

/* A frame came in or goes out, at that time: for each that it is for. */
void captures_add(struct captures *captures, const void *frame, size_t length, uint64_t time);

/* From now on nothing is added but the end. */
void capture_end(struct capture *capture);

/* What is to be taken next: *size bytes, 0 if there is nothing now. */
const void *capture_peek(const struct capture *capture, size_t *size);

/* That many of them are taken. */
void capture_take(struct capture *capture, size_t size);

#endif
