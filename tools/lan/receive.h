/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One recvmmsg of datagrams that are frames, with arrival times and sender addresses. */
#ifndef TOOLS_LAN_RECEIVE_H
#define TOOLS_LAN_RECEIVE_H

#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "tools/lan/lan.h"

/* Who sent a frame, as the kernel says it. */
struct receive_source {
	struct sockaddr_un address;
	socklen_t length;
};

/* Asks for arrival times. Returns 0 or a negative errno. */
int receive_start(int socket);

/*
 * Receives up to count (at most LAN_BATCH) frames without blocking. Those that did not fit into
 * LAN_FRAME_MAX get length 0. sources has room for count. Returns how many, or a negative errno.
 */
int receive_batch(int socket, struct lan_frame *frames, struct receive_source *sources,
                  size_t count);

#endif
