/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames that wait until the network takes them, in order. */
#ifndef TOOLS_LAN_BACKLOG_H
#define TOOLS_LAN_BACKLOG_H

#include <stddef.h>
#include <stdint.h>

/* All zero is an empty one. */
struct backlog {
	struct backlog_frame *first, *last;
	size_t bytes; /* of all frames in it */
};

struct backlog_frame {
	struct backlog_frame *next;
	size_t length;
	uint8_t data[];
};

/* Copies a frame to the end. Returns 0, -ENOBUFS (it would exceed limit bytes) or -ENOMEM. */
int backlog_push(struct backlog *backlog, const void *data, size_t length, size_t limit);

/* Removes and frees the first frame of one that has any. */
void backlog_pop(struct backlog *backlog);

/* Frees all frames and returns how many there were. */
size_t backlog_clear(struct backlog *backlog);

#endif
