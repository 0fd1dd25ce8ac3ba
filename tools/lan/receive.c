/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/lan/receive.h"

#include <errno.h>
#include <string.h>
#include <time.h>

int receive_start(int socket)
{
	int on = 1;

	return setsockopt(socket, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) ? -errno : 0;
}

/* When the kernel received the frame; 0 if it does not say. */
static uint64_t arrival(struct msghdr *message)
{
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		struct timespec t;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS)
			continue;
		memcpy(&t, CMSG_DATA(c), sizeof(t));
		return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
	}
	return 0;
}

int receive_batch(int socket, struct lan_frame *frames, struct receive_source *sources,
                  size_t count)
{
	struct mmsghdr messages[LAN_BATCH];
	struct iovec vectors[LAN_BATCH];
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(struct timespec))];
	} controls[LAN_BATCH];
	int received;

	for (size_t i = 0; i < count; i++) {
		vectors[i] = (struct iovec){frames[i].data, LAN_FRAME_MAX};
		messages[i].msg_hdr = (struct msghdr){
		        .msg_name = &sources[i].address,
		        .msg_namelen = sizeof(sources[i].address),
		        .msg_iov = &vectors[i],
		        .msg_iovlen = 1,
		        .msg_control = &controls[i],
		        .msg_controllen = sizeof(controls[i]),
		};
	}
	received = recvmmsg(socket, messages, (unsigned int)count, MSG_DONTWAIT, NULL);
	if (received < 0)
		return -errno;
	for (int i = 0; i < received; i++) {
		struct msghdr *m = &messages[i].msg_hdr;

		frames[i].length = m->msg_flags & MSG_TRUNC ? 0 : messages[i].msg_len;
		frames[i].received = arrival(m);
		sources[i].length = m->msg_namelen;
	}
	return received;
}
