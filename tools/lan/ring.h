/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A packet socket's receive ring (packet_mmap in the kernel's documentation, TPACKET_V2): memory
 * that the kernel puts each frame into and that is looked at without a system call. The socket's
 * receive buffer, which net.core.rmem_max bounds, plays no part. V3 packs frames closer, but hands
 * them over in blocks that a timer retires, which a single request would wait for.
 */
#ifndef TOOLS_LAN_RING_H
#define TOOLS_LAN_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/lan/lan.h"

/* All zero is one that is not open. */
struct ring {
	uint8_t *memory; /* shared with the kernel */
	size_t size;
	unsigned int count; /* slots, each of one frame */
	unsigned int next;  /* the slot whose frame is the next */
	bool strangers;     /* frames for other hosts are given out too; the caller sets it */
	bool losing;        /* the kernel may have found no slot; the caller clears it */
};

/*
 * Gives a packet socket that is not bound yet a ring of `most` slots for frames of LAN_FRAME_MAX
 * bytes, or fewer if there is no memory, but at least `least`. Returns 0 or a negative errno.
 */
int ring_open(int socket, unsigned int most, unsigned int least, struct ring *ring);

/*
 * Copies up to count frames, in their order of arrival, into frames, and returns their slots to the
 * kernel. What is not for this host, unless `strangers` is set, or does not fit, is left out.
 * Returns how many there were.
 */
size_t ring_receive(struct ring *ring, struct lan_frame *frames, size_t count);

void ring_close(struct ring *ring);

#endif
