/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A LAN behind an Ethernet interface: a packet socket, which receives through a ring, and a netlink
 * socket that tells of changes.
 */
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "tools/aoe/aoe.h"
#include "tools/lan/backlog.h"
#include "tools/lan/lan.h"
#include "tools/lan/link.h"
#include "tools/lan/ring.h"

enum {
	/* Frames that arrive while the program is busy: 32 MiB of them for one that serves. */
	SERVE_SLOTS = 3584,
	JOIN_SLOTS = 256,
	SLOTS_MIN = 128,
	/* Less than what an interface's default queue of 1000 frames holds, so that this socket
	 * fills, which poll(2) tells, before that queue does, which refuses. */
	SEND_BUFFER = 1 << 20,
	/* Waiting frames: more than one batch of replies never waits, since nothing is received
	 * meanwhile; replies that storage finishes later may add to it. */
	BACKLOG_LIMIT = 16 << 20,
	/* Initiators that may each have all their requests in the ring at once. */
	INITIATORS = 8,
	BUFFERS_MAX = 64,
	/* Nanoseconds until a full queue of the interface is tried again, which nothing tells:
	 * about what 100 Mbit/s take for eight full-sized frames. */
	QUEUE_WAIT = 1000000,
	/* Batches of frames between two looks at the link when it never gets quiet. */
	LOOK_EVERY = 64,
};

/* What sending waits for. */
enum waiting {
	WAIT_NOTHING, /* frames are received */
	WAIT_ROOM,    /* in the socket's buffer, which epoll(7) tells */
	WAIT_QUEUE,   /* in the interface's queue, which nothing tells: the timer */
};

struct raw {
	struct lan lan;
	struct ring ring;
	int socket, timer;
	int netlink;           /* tells of changes */
	int query;             /* a netlink socket to ask with */
	char wanted[IFNAMSIZ]; /* the name that was asked for */
	struct backlog backlog;
	enum waiting waiting;
	unsigned int batches; /* received since the link was looked at */
	struct mac *accepted; /* addresses that frames are taken for too; some more than once */
	size_t accepted_count;
};

static struct raw *raw_of(struct lan *lan)
{
	return (struct raw *)(void *)lan;
}

/* ---- the interface ---- */

/* Of the interface that the socket listens to: the kernel unbinds it from one that leaves. */
static int bound_index(const struct raw *raw)
{
	struct sockaddr_ll address;
	socklen_t length = sizeof(address);

	if (getsockname(raw->socket, (struct sockaddr *)&address, &length))
		return 0;
	return address.sll_ifindex > 0 ? address.sll_ifindex : 0;
}

/* option: PACKET_ADD_MEMBERSHIP or PACKET_DROP_MEMBERSHIP; the kernel counts them. */
static int set_membership(const struct raw *raw, int index, struct mac mac, int option)
{
	struct packet_mreq request = {
	        .mr_ifindex = index, .mr_type = PACKET_MR_UNICAST, .mr_alen = sizeof(mac)};

	memcpy(request.mr_address, &mac, sizeof(mac));
	return setsockopt(raw->socket, SOL_PACKET, option, &request, sizeof(request)) ? -errno : 0;
}

/* Those of an interface that left are gone with it. */
static int join_again(const struct raw *raw, int index)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < raw->accepted_count; i++)
		rc = set_membership(raw, index, raw->accepted[i], PACKET_ADD_MEMBERSHIP);
	return rc;
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
	return join_again(raw, index);
}

/* True, and the master's kind and name, if it is a port of what takes its frames. */
static bool is_port(struct raw *raw, const struct link *link)
{
	struct link master;

	if (!link_is_port(link) ||
	    link_ask(raw->query, link->master, NULL, &master))
		return false;
	snprintf(raw->lan.master, sizeof(raw->lan.master), "%.14s %.15s", link->kind, master.name);
	return true;
}

/* Takes over what the interface is like. */
static int follow(struct raw *raw, const struct link *link, int bound)
{
	const size_t most = LAN_FRAME_MAX - AOE_ETHERNET_SIZE;
	struct lan *lan = &raw->lan;

	if (link->type != ARPHRD_ETHER && link->type != ARPHRD_LOOPBACK)
		return -EMEDIUMTYPE;
	memcpy(lan->name, link->name, sizeof(link->name));
	lan->mac = link->mac;
	lan->mtu = link->mtu < most ? link->mtu : most;
	if (is_port(raw, link))
		lan->state = LAN_PORT;
	else
		lan->state = link->running ? LAN_UP : LAN_DOWN;
	if (link->index == bound)
		return 0;
	/* Who listens there was told before that nothing is heard, if not in these words. */
	lan->changed = true;
	return bind_to(raw, link->index);
}

/*
 * Reads what the interface is like now: the one that the socket listens to, which may have been
 * renamed, or else the one with the name that was asked for.
 */
static int refresh(struct raw *raw)
{
	struct lan *lan = &raw->lan;
	struct lan before = *lan;
	struct link link;
	int bound = bound_index(raw);
	int rc = link_ask(raw->query, bound, raw->wanted, &link);

	if (!rc)
		rc = follow(raw, &link, bound);
	if (rc)
		lan->state = LAN_GONE;
	lan->changed |= before.state != lan->state || before.mtu != lan->mtu ||
	                !mac_equal(before.mac, lan->mac);
	return rc;
}

/* ---- sending ---- */

static void wait_for(struct raw *raw, enum waiting waiting)
{
	static const uint32_t events[] = {
	        [WAIT_NOTHING] = EPOLLIN, [WAIT_ROOM] = EPOLLOUT, [WAIT_QUEUE] = 0};
	static const struct itimerspec soon = {.it_value.tv_nsec = QUEUE_WAIT};
	struct epoll_event event = {.events = events[waiting], .data.fd = raw->socket};

	raw->lan.waiting = raw->backlog.bytes;
	if (waiting == WAIT_QUEUE)
		timerfd_settime(raw->timer, 0, &soon, NULL);
	if (raw->waiting == waiting)
		return;
	raw->waiting = waiting;
	epoll_ctl(raw->lan.fd, EPOLL_CTL_MOD, raw->socket, &event);
}

static void count_sent(struct lan *lan, const struct lan_frame *frames, int count)
{
	for (int i = 0; i < count; i++)
		lan->sent_bytes += frames[i].length;
	lan->sent += (uint64_t)count;
}

/*
 * One sendmmsg. Returns how many of the frames are dealt with, -EAGAIN or -ENOBUFS: then the first
 * one is to be sent again.
 */
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
	if (sent >= 0) {
		count_sent(&raw->lan, frames, sent);
		return sent;
	}
	if (errno == EINTR)
		return 0;
	if (errno == EAGAIN || errno == ENOBUFS)
		return -errno;
	raw->lan.lost++; /* the first one is too long, or the link is down */
	return 1;
}

static enum waiting waiting_for(int error)
{
	return error == -ENOBUFS ? WAIT_QUEUE : WAIT_ROOM;
}

/* Sends what waits. Returns 0 when nothing does any more. */
static int flush(struct raw *raw)
{
	struct backlog *backlog = &raw->backlog;

	while (backlog->first) {
		struct backlog_frame *waiting = backlog->first;
		struct lan_frame frame = {.data = waiting->data, .length = waiting->length};
		int done = send_some(raw, &frame, 1);

		if (done < 0) {
			wait_for(raw, waiting_for(done));
			return done;
		}
		if (done)
			backlog_pop(backlog);
	}
	wait_for(raw, WAIT_NOTHING);
	return 0;
}

static void keep(struct raw *raw, const struct lan_frame *frames, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (backlog_push(&raw->backlog, frames[i].data, frames[i].length, BACKLOG_LIMIT))
			raw->lan.lost++;
}

static void raw_send(struct lan *lan, const struct lan_frame *frames, size_t count)
{
	struct raw *raw = raw_of(lan);
	enum waiting waiting = raw->waiting;

	while (count && !raw->backlog.first) {
		int done = send_some(raw, frames, count);

		if (done < 0) {
			waiting = waiting_for(done);
			break;
		}
		frames += done;
		count -= (size_t)done;
	}
	if (!count)
		return;
	keep(raw, frames, count);
	wait_for(raw, waiting);
}

/* ---- receiving ---- */

/* The kernel's count starts again each time that it is read. */
static void count_overruns(struct raw *raw)
{
	struct tpacket_stats stats;
	socklen_t length = sizeof(stats);

	raw->ring.losing = false;
	if (!getsockopt(raw->socket, SOL_PACKET, PACKET_STATISTICS, &stats, &length))
		raw->lan.overruns += stats.tp_drops;
}

/* It rings once: what still waits, since it was tried just before, needs it again. */
static void timer_rang(struct raw *raw)
{
	uint64_t expirations;

	(void)!read(raw->timer, &expirations, sizeof(expirations));
	if (raw->backlog.first)
		flush(raw);
}

/* What is due beside frames. */
static void look(struct raw *raw)
{
	struct epoll_event events[3];
	int error;
	socklen_t length = sizeof(error);
	int count = epoll_wait(raw->lan.fd, events, 3, 0);

	raw->batches = 0;
	for (int i = 0; i < count; i++) {
		if (events[i].data.fd == raw->netlink && link_drain(raw->netlink))
			/* If the interface goes away in between, the next message tells. */
			refresh(raw);
		else if (events[i].data.fd == raw->timer)
			timer_rang(raw);
		else if (events[i].events & EPOLLERR)
			/* Said once, when the link goes down; whoever asks takes it away. */
			getsockopt(raw->socket, SOL_SOCKET, SO_ERROR, &error, &length);
	}
}

static size_t raw_receive(struct lan *lan, struct lan_frame *frames, size_t count)
{
	struct raw *raw = raw_of(lan);
	size_t received = 0;

	if (!raw->backlog.first || !flush(raw))
		received = ring_receive(&raw->ring, frames, count);
	for (size_t i = 0; i < received; i++)
		lan->received_bytes += frames[i].length;
	lan->received += received;
	if (raw->ring.losing)
		count_overruns(raw);
	if (!received || ++raw->batches == LOOK_EVERY)
		look(raw);
	return received;
}

/* The card takes the address into its filter, or looks at all frames when that is full. */
static int raw_accept(struct lan *lan, struct mac mac)
{
	struct raw *raw = raw_of(lan);
	void *list = reallocarray(raw->accepted, raw->accepted_count + 1, sizeof(mac));
	int index = bound_index(raw);

	if (!list)
		return -ENOMEM;
	raw->accepted = list;
	raw->accepted[raw->accepted_count++] = mac;
	raw->ring.strangers = true;
	/* Of one that is not there it is asked when it comes back. */
	return index ? set_membership(raw, index, mac, PACKET_ADD_MEMBERSHIP) : 0;
}

static void raw_refuse(struct lan *lan, struct mac mac)
{
	struct raw *raw = raw_of(lan);
	size_t i = 0;

	while (i < raw->accepted_count && !mac_equal(raw->accepted[i], mac))
		i++;
	if (i == raw->accepted_count)
		return;
	raw->accepted[i] = raw->accepted[--raw->accepted_count];
	raw->ring.strangers = raw->accepted_count;
	set_membership(raw, bound_index(raw), mac, PACKET_DROP_MEMBERSHIP);
}

/* ---- opening and closing ---- */

static void close_if_open(int fd)
{
	if (fd >= 0)
		close(fd);
}

static void raw_close(struct lan *lan)
{
	struct raw *raw = raw_of(lan);

	backlog_clear(&raw->backlog);
	ring_close(&raw->ring);
	close_if_open(raw->socket);
	close_if_open(raw->timer);
	close_if_open(raw->query);
	close_if_open(raw->netlink);
	close_if_open(lan->fd);
	free(raw->accepted);
	free(raw);
}

static const struct lan_operations raw_operations = {raw_receive, raw_send, raw_accept, raw_refuse,
                                                     raw_close};

static int watch(const struct raw *raw, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	if (fd < 0)
		return fd;
	return epoll_ctl(raw->lan.fd, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

static int open_socket(struct raw *raw, unsigned int slots)
{
	int on = 1, bytes = SEND_BUFFER;
	unsigned int buffers;
	int rc;

	/* Protocol 0: nothing arrives from any interface until it is bound to the right one. */
	raw->socket = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (raw->socket < 0)
		return -errno;
	/* Beyond the system's limit needs CAP_NET_ADMIN; else, as much as the limit allows. */
	if (setsockopt(raw->socket, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes)))
		setsockopt(raw->socket, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
	/* Since Linux 4.20; without it what others here send is seen, and dropped by its type. */
	setsockopt(raw->socket, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on));
	rc = ring_open(raw->socket, slots, SLOTS_MIN, &raw->ring);
	buffers = raw->ring.count / INITIATORS;
	raw->lan.buffers = buffers < BUFFERS_MAX ? buffers : BUFFERS_MAX;
	return rc ? rc : watch(raw, raw->socket);
}

static int open_descriptors(struct raw *raw, unsigned int slots)
{
	int rc;

	raw->lan.fd = epoll_create1(EPOLL_CLOEXEC);
	if (raw->lan.fd < 0)
		return -errno;
	raw->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (raw->timer < 0)
		return -errno;
	raw->query = link_open();
	if (raw->query < 0)
		return raw->query;
	/* Before the first look at the interface, so that no change in between is missed. */
	raw->netlink = link_watch();
	rc = watch(raw, raw->netlink);
	if (!rc)
		rc = watch(raw, raw->timer);
	return rc ? rc : open_socket(raw, slots);
}

static int open_interface(const char *name, unsigned int slots, struct lan **lan)
{
	struct raw *raw;
	int rc;

	if (strlen(name) >= IFNAMSIZ)
		return -ENODEV;
	raw = calloc(1, sizeof(*raw));
	if (!raw)
		return -ENOMEM;
	raw->lan.operations = &raw_operations;
	raw->lan.fd = raw->socket = raw->timer = raw->netlink = raw->query = -1;
	strcpy(raw->wanted, name);
	rc = open_descriptors(raw, slots);
	if (!rc)
		rc = refresh(raw);
	if (rc) {
		raw_close(&raw->lan);
		return rc;
	}
	raw->lan.changed = false;
	*lan = &raw->lan;
	return 0;
}

int lan_open_interface(const char *name, struct lan **lan)
{
	return open_interface(name, SERVE_SLOTS, lan);
}

int lan_join_interface(const char *name, struct lan **lan)
{
	return open_interface(name, JOIN_SLOTS, lan);
}
