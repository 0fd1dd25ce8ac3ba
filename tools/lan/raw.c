/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A LAN behind an Ethernet interface: a packet socket, and a netlink socket that tells of changes.
 */
#include <errno.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tools/aoe/aoe.h"
#include "tools/lan/backlog.h"
#include "tools/lan/lan.h"
#include "tools/lan/receive.h"

enum {
	RECEIVE_BUFFER = 8 << 20,
	/* Less than what an interface's default queue of 1000 frames holds, so that this socket
	 * fills, which poll(2) tells, before that queue does, which drops. */
	SEND_BUFFER = 1 << 20,
	/* Waiting frames: more than one batch of replies never waits, since nothing is received
	 * meanwhile; replies that storage finishes later may add to it. */
	BACKLOG_LIMIT = 16 << 20,
	/* Initiators that may each have all their requests in the receive buffer at once. */
	INITIATORS = 8,
	BUFFERS_MIN = 2, /* Linux halves the number */
	BUFFERS_MAX = 64,
};

struct raw {
	struct lan lan;
	int socket;
	int netlink;
	int index;             /* of the interface the socket is bound to; 0 when there is none */
	char wanted[IFNAMSIZ]; /* the name that was asked for */
	struct backlog backlog;
	bool blocked; /* the epoll set waits for room to send, not for frames */
};

static struct raw *raw_of(struct lan *lan)
{
	return (struct raw *)(void *)lan;
}

/* The socket's memory counts twice what a frame needs, and the kernel's bookkeeping comes on top.
 */
static unsigned int buffers_for(const struct raw *raw)
{
	int bytes = 0;
	socklen_t size = sizeof(bytes);
	size_t frame = 2 * (raw->lan.mtu + 512);
	size_t count;

	if (getsockopt(raw->socket, SOL_SOCKET, SO_RCVBUF, &bytes, &size))
		return BUFFERS_MIN;
	count = (size_t)bytes / frame / INITIATORS;
	return (unsigned int)(count < BUFFERS_MIN   ? BUFFERS_MIN
	                      : count > BUFFERS_MAX ? BUFFERS_MAX
	                                            : count);
}

static int bind_to(struct raw *raw, int index)
{
	struct sockaddr_ll address = {
	        .sll_family = AF_PACKET,
	        .sll_protocol = htobe16(AOE_ETHERTYPE),
	        .sll_ifindex = index,
	};

	if (bind(raw->socket, (struct sockaddr *)&address, sizeof(address)))
		return -errno;
	raw->index = index;
	return 0;
}

/*
 * Finds the interface: the one that the socket is bound to, which may have been renamed, or else
 * one with the name that was asked for. Fills request with its name. Returns its index, 0 if there
 * is none.
 */
static int find(const struct raw *raw, struct ifreq *request)
{
	*request = (struct ifreq){.ifr_ifindex = raw->index};
	if (raw->index && !ioctl(raw->socket, SIOCGIFNAME, request))
		return raw->index;
	memcpy(request->ifr_name, raw->wanted, IFNAMSIZ);
	return ioctl(raw->socket, SIOCGIFINDEX, request) ? 0 : request->ifr_ifindex;
}

/* Reads what the interface is like now, and follows it. */
static int refresh(struct raw *raw)
{
	struct lan *lan = &raw->lan;
	struct lan before = *lan;
	struct ifreq request;
	int index = find(raw, &request);
	int rc = 0;

	lan->state = LAN_GONE;
	if (index) {
		strncpy(lan->name, request.ifr_name, IFNAMSIZ);
		if (ioctl(raw->socket, SIOCGIFHWADDR, &request))
			return -errno;
		if (request.ifr_hwaddr.sa_family != ARPHRD_ETHER &&
		    request.ifr_hwaddr.sa_family != ARPHRD_LOOPBACK)
			return -EMEDIUMTYPE;
		memcpy(&lan->mac, request.ifr_hwaddr.sa_data, sizeof(lan->mac));
		if (ioctl(raw->socket, SIOCGIFMTU, &request))
			return -errno;
		lan->mtu = (size_t)request.ifr_mtu;
		if (lan->mtu > LAN_FRAME_MAX - AOE_ETHERNET_SIZE)
			lan->mtu = LAN_FRAME_MAX - AOE_ETHERNET_SIZE;
		if (ioctl(raw->socket, SIOCGIFFLAGS, &request))
			return -errno;
		lan->state = request.ifr_flags & IFF_UP && request.ifr_flags & IFF_RUNNING
		                     ? LAN_UP
		                     : LAN_DOWN;
		if (index != raw->index)
			rc = bind_to(raw, index);
	}
	lan->buffers = buffers_for(raw);
	lan->changed |= before.state != lan->state || before.mtu != lan->mtu ||
	                !mac_equal(before.mac, lan->mac);
	return rc;
}

/* The messages only say that something changed; what is read afterwards. */
static void drain_netlink(struct raw *raw)
{
	char bytes[8192];
	bool news = false;
	ssize_t n;

	do {
		n = recv(raw->netlink, bytes, sizeof(bytes), MSG_DONTWAIT);
		news |= n > 0 || errno == ENOBUFS;
	} while (n > 0 || errno == EINTR || errno == ENOBUFS);
	/* An error means that the interface went away in between: the next message tells. */
	if (news)
		refresh(raw);
}

static void wait_for(struct raw *raw, bool room)
{
	struct epoll_event event = {.events = room ? EPOLLOUT : EPOLLIN, .data.fd = raw->socket};

	if (raw->blocked == room)
		return;
	raw->blocked = room;
	epoll_ctl(raw->lan.fd, EPOLL_CTL_MOD, raw->socket, &event);
}

/* Sends what waits. Returns 0 when nothing does any more. */
static int flush(struct raw *raw)
{
	struct backlog *backlog = &raw->backlog;

	while (backlog->first) {
		struct backlog_frame *frame = backlog->first;

		if (send(raw->socket, frame->data, frame->length, MSG_DONTWAIT) < 0) {
			if (errno == EINTR)
				continue;
			if (errno == EAGAIN)
				return -EAGAIN;
			raw->lan.lost++;
		}
		backlog_pop(backlog);
	}
	wait_for(raw, false);
	return 0;
}

static size_t raw_receive(struct lan *lan, struct lan_frame *frames, size_t count)
{
	struct raw *raw = raw_of(lan);
	struct receive_source sources[LAN_BATCH];
	size_t kept = 0;
	int received;

	drain_netlink(raw);
	if (flush(raw))
		return 0;
	received = receive_batch(raw->socket, frames, sources, count);
	/* Errors are told by the link's state: ENETDOWN comes once, then nothing arrives. */
	for (int i = 0; i < received; i++) {
		struct sockaddr_ll source;
		struct lan_frame frame = frames[i];

		memcpy(&source, &sources[i].address, sizeof(source));
		if (!frame.length || source.sll_pkttype == PACKET_OTHERHOST ||
		    source.sll_pkttype == PACKET_OUTGOING)
			continue;
		/* Swapped, not overwritten: each buffer stays with exactly one entry. */
		frames[i] = frames[kept];
		frame.peer = LAN_EVERYONE;
		frames[kept++] = frame;
	}
	return kept;
}

static void keep(struct raw *raw, const struct lan_frame *frames, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (backlog_push(&raw->backlog, frames[i].data, frames[i].length, BACKLOG_LIMIT))
			raw->lan.lost++;
	wait_for(raw, true);
}

/* One sendmmsg. Returns how many of the frames are dealt with, or -EAGAIN. */
static int send_some(struct raw *raw, const struct lan_frame *frames, size_t count)
{
	struct mmsghdr messages[LAN_BATCH];
	struct iovec vectors[LAN_BATCH];
	int sent;

	count = count < LAN_BATCH ? count : LAN_BATCH;
	for (size_t i = 0; i < count; i++) {
		vectors[i] = (struct iovec){frames[i].data, frames[i].length};
		messages[i].msg_hdr = (struct msghdr){.msg_iov = &vectors[i], .msg_iovlen = 1};
	}
	sent = sendmmsg(raw->socket, messages, (unsigned int)count, MSG_DONTWAIT);
	if (sent >= 0)
		return sent;
	if (errno == EINTR)
		return 0;
	if (errno == EAGAIN)
		return -EAGAIN;
	raw->lan.lost++; /* the first one is too long, or the link is down */
	return 1;
}

static void raw_send(struct lan *lan, const struct lan_frame *frames, size_t count)
{
	struct raw *raw = raw_of(lan);

	while (count && !raw->backlog.first) {
		int done = send_some(raw, frames, count);

		if (done < 0)
			break;
		frames += done;
		count -= (size_t)done;
	}
	if (count)
		keep(raw, frames, count);
}

static void raw_close(struct lan *lan)
{
	struct raw *raw = raw_of(lan);

	backlog_clear(&raw->backlog);
	if (raw->netlink >= 0)
		close(raw->netlink);
	if (raw->socket >= 0)
		close(raw->socket);
	if (lan->fd >= 0)
		close(lan->fd);
	free(raw);
}

static const struct lan_operations raw_operations = {raw_receive, raw_send, raw_close};

static void enlarge(int socket, int forced, int plain, int bytes)
{
	/* Beyond the system's limit needs CAP_NET_ADMIN; without it, as much as the limit allows.
	 */
	if (setsockopt(socket, SOL_SOCKET, forced, &bytes, sizeof(bytes)))
		setsockopt(socket, SOL_SOCKET, plain, &bytes, sizeof(bytes));
}

static int watch(const struct raw *raw, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	return epoll_ctl(raw->lan.fd, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

/* Before the first look at the interface, so that no change in between is missed. */
static int open_netlink(struct raw *raw)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK};

	raw->netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (raw->netlink < 0 || bind(raw->netlink, (struct sockaddr *)&address, sizeof(address)))
		return -errno;
	return watch(raw, raw->netlink);
}

static int open_socket(struct raw *raw)
{
	int on = 1;

	/* Protocol 0: nothing arrives from any interface until it is bound to the right one. */
	raw->socket = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (raw->socket < 0)
		return -errno;
	enlarge(raw->socket, SO_RCVBUFFORCE, SO_RCVBUF, RECEIVE_BUFFER);
	enlarge(raw->socket, SO_SNDBUFFORCE, SO_SNDBUF, SEND_BUFFER);
	/* Since Linux 4.20; without it what others here send is seen, and dropped by its type. */
	setsockopt(raw->socket, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on));
	return receive_start(raw->socket);
}

int lan_open_interface(const char *name, struct lan **lan)
{
	struct raw *raw = calloc(1, sizeof(*raw));
	int rc;

	if (!raw)
		return -ENOMEM;
	raw->lan.operations = &raw_operations;
	raw->socket = raw->netlink = -1;
	raw->lan.fd = epoll_create1(EPOLL_CLOEXEC);
	rc = raw->lan.fd < 0 ? -errno : 0;
	if (!rc && (strlen(name) >= IFNAMSIZ || !if_nametoindex(name)))
		rc = -ENODEV;
	if (!rc) {
		strcpy(raw->wanted, name);
		rc = open_netlink(raw);
	}
	if (!rc)
		rc = open_socket(raw);
	if (!rc)
		rc = refresh(raw);
	if (!rc && raw->lan.state == LAN_GONE)
		rc = -ENODEV;
	if (!rc)
		rc = watch(raw, raw->socket);
	if (rc) {
		raw_close(&raw->lan);
		return rc;
	}
	raw->lan.changed = false;
	*lan = &raw->lan;
	return 0;
}
