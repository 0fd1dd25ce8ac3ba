/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A LAN for guests of QEMU (-netdev dgram): one raw Ethernet frame per UNIX datagram.
 *
 * Everyone sends to the one socket; each peer is answered at the address that its datagrams come
 * from. Datagrams are never lost on the way, but a socket holds only net.unix.max_dgram_qlen of
 * them (10 by default) and refuses more. poll(2) tells when it takes more only if the sending
 * socket is connected to it, so each peer gets a sending socket of its own, and what it does not
 * take waits here.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/base/socketpath.h"
#include "tools/lan/backlog.h"
#include "tools/lan/lan.h"
#include "tools/lan/receive.h"

enum {
	PEERS_MAX = 256, /* each has a socket; the one silent for longest makes room */
	/* Per peer. A paused guest stops taking and asking, so this holds all that it asked for:
	 * 128 requests (Linux's most, aoe_maxout) of 16 sectors each, and as much again. */
	BACKLOG_LIMIT = 2 * 128 * 8256,
	MTU = LAN_FRAME_MAX - 14, /* no medium limits it: the guests' own MTU counts */
	BUFFERS_MIN = 2,
	BUFFERS_MAX = 64,
	EVENTS = 32,
};

/* What an epoll event of the receiving socket carries; a peer's carries its id, which is above. */
enum { RECEIVING = 0 };

struct peer {
	uint64_t id; /* unique over time; 0: this entry is free */
	struct sockaddr_un address;
	socklen_t length;
	int socket;     /* connected to address, or -1 */
	uint64_t heard; /* qemu.clock when it was last heard of */
	struct backlog backlog;
	bool blocked;
};

struct qemu {
	struct lan lan;
	int socket;
	bool target;  /* the socket file is ours to remove... */
	dev_t device; /* ...as long as it is still this one */
	ino_t inode;
	uint64_t clock, last_id;
	struct sockaddr_un guest;     /* at the other end of a wire; .sun_family 0: this is none */
	struct peer peers[PEERS_MAX]; /* entries before `used` have been used */
	size_t used;
};

static struct qemu *qemu_of(struct lan *lan)
{
	return (struct qemu *)(void *)lan;
}

static void disconnect(struct peer *peer)
{
	if (peer->socket >= 0)
		close(peer->socket);
	peer->socket = -1;
	peer->blocked = false;
}

static void forget(struct qemu *qemu, struct peer *peer)
{
	disconnect(peer);
	qemu->lan.waiting -= peer->backlog.bytes;
	qemu->lan.lost += backlog_clear(&peer->backlog);
	peer->id = 0;
}

static struct peer *peer_by_id(struct qemu *qemu, uint64_t id)
{
	for (size_t i = 0; i < qemu->used; i++)
		if (id && qemu->peers[i].id == id)
			return &qemu->peers[i];
	return NULL;
}

/* A free entry, if need be that of the peer that has been silent for longest. */
static struct peer *free_entry(struct qemu *qemu)
{
	struct peer *oldest = &qemu->peers[0];

	for (size_t i = 0; i < qemu->used; i++) {
		struct peer *peer = &qemu->peers[i];

		if (!peer->id)
			return peer;
		if (peer->heard < oldest->heard)
			oldest = peer;
	}
	if (qemu->used < PEERS_MAX)
		return &qemu->peers[qemu->used++];
	forget(qemu, oldest);
	return oldest;
}

/* The peer with that address, learned now if it was not known. */
static struct peer *learn(struct qemu *qemu, const struct sockaddr_un *address, socklen_t length)
{
	struct peer *peer;

	for (size_t i = 0; i < qemu->used; i++) {
		peer = &qemu->peers[i];
		if (peer->id && peer->length == length && !memcmp(&peer->address, address, length))
			return peer;
	}
	peer = free_entry(qemu);
	*peer = (struct peer){
	        .id = ++qemu->last_id, .address = *address, .length = length, .socket = -1};
	return peer;
}

/* The target's sending sockets have no name; a guest's datagrams say where to answer. */
static int connect_to(struct qemu *qemu, struct peer *peer)
{
	struct epoll_event event = {.events = 0, .data.u64 = peer->id};
	int rc = 0;

	peer->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (peer->socket < 0)
		return -errno;
	if (connect(peer->socket, (struct sockaddr *)&peer->address, peer->length) ||
	    epoll_ctl(qemu->lan.fd, EPOLL_CTL_ADD, peer->socket, &event))
		rc = -errno;
	if (rc)
		disconnect(peer);
	return rc;
}

static int send_once(struct qemu *qemu, struct peer *peer, const void *data, size_t length)
{
	ssize_t n;
	int rc;

	/* One that joined sends from its own socket: that is the address which is answered. */
	if (!qemu->target) {
		n = sendto(qemu->socket, data, length, MSG_DONTWAIT | MSG_NOSIGNAL,
		           (struct sockaddr *)&peer->address, peer->length);
		return n < 0 ? -errno : 0;
	}
	rc = peer->socket < 0 ? connect_to(qemu, peer) : 0;
	if (rc)
		return rc;
	do
		n = send(peer->socket, data, length, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

static bool is_gone(int error)
{
	return error == -ECONNREFUSED || error == -ECONNRESET || error == -ENOTCONN ||
	       error == -ENOENT || error == -EPIPE || error == -EPERM || error == -EACCES;
}

static void count_result(struct lan *lan, int rc, size_t length)
{
	lan->sent += !rc;
	lan->sent_bytes += rc ? 0 : length;
	lan->lost += rc && rc != -EAGAIN;
}

/* Sends one frame. A guest that was started again has a new socket under the old name. */
static int send_to(struct qemu *qemu, struct peer *peer, const void *data, size_t length)
{
	bool fresh = peer->socket < 0;
	int rc = send_once(qemu, peer, data, length);

	if (is_gone(rc) && !fresh && qemu->target) {
		disconnect(peer);
		rc = send_once(qemu, peer, data, length);
	}
	count_result(&qemu->lan, rc, length);
	return rc;
}

static void wait_for_room(struct qemu *qemu, struct peer *peer, bool room)
{
	struct epoll_event event = {.events = room ? EPOLLOUT : 0, .data.u64 = peer->id};

	if (peer->blocked == room || peer->socket < 0)
		return;
	peer->blocked = room;
	epoll_ctl(qemu->lan.fd, EPOLL_CTL_MOD, peer->socket, &event);
}

static void flush(struct qemu *qemu, struct peer *peer)
{
	while (peer->backlog.first) {
		struct backlog_frame *frame = peer->backlog.first;
		int rc = send_to(qemu, peer, frame->data, frame->length);

		if (rc == -EAGAIN) {
			/* Again: the socket may be a new one. */
			wait_for_room(qemu, peer, true);
			return;
		}
		qemu->lan.waiting -= frame->length;
		backlog_pop(&peer->backlog);
		if (is_gone(rc)) {
			forget(qemu, peer);
			return;
		}
	}
	wait_for_room(qemu, peer, false);
}

static void keep(struct qemu *qemu, struct peer *peer, const struct lan_frame *frame)
{
	if (backlog_push(&peer->backlog, frame->data, frame->length, BACKLOG_LIMIT)) {
		qemu->lan.lost++;
		return;
	}
	qemu->lan.waiting += frame->length;
	wait_for_room(qemu, peer, true);
}

static void deliver(struct qemu *qemu, struct peer *peer, const struct lan_frame *frame)
{
	int rc = -EAGAIN;

	/* One that joined is told of room by nobody: it tries again when it has something new. */
	if (!qemu->target)
		flush(qemu, peer);
	if (!peer->backlog.first)
		rc = send_to(qemu, peer, frame->data, frame->length);
	if (rc == -EAGAIN) {
		keep(qemu, peer, frame);
		return;
	}
	if (is_gone(rc) && qemu->target)
		forget(qemu, peer);
}

static void qemu_send(struct lan *lan, const struct lan_frame *frames, size_t count)
{
	struct qemu *qemu = qemu_of(lan);

	/* One that was forgotten when it was not there may be back. The length is the one that the
	 * kernel gives its datagrams. */
	if (qemu->guest.sun_family)
		learn(qemu, &qemu->guest,
		      (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
		                  strlen(qemu->guest.sun_path) + 1));
	for (size_t i = 0; i < count; i++) {
		struct peer *peer = peer_by_id(qemu, frames[i].peer);

		if (peer)
			deliver(qemu, peer, &frames[i]);
		for (size_t p = 0; frames[i].peer == LAN_EVERYONE && p < qemu->used; p++)
			if (qemu->peers[p].id)
				deliver(qemu, &qemu->peers[p], &frames[i]);
	}
}

/* Lets waiting frames go where there is room again. */
static void dispatch(struct qemu *qemu)
{
	struct epoll_event events[EVENTS];
	int count = epoll_wait(qemu->lan.fd, events, EVENTS, 0);

	for (int i = 0; i < count; i++) {
		struct peer *peer = peer_by_id(qemu, events[i].data.u64);

		if (peer)
			flush(qemu, peer);
	}
}

/* Finds out who sent a frame. Returns false if that is nobody who can be answered. */
static bool identify(struct qemu *qemu, const struct receive_source *source,
                     struct lan_frame *frame)
{
	bool named = source->length > offsetof(struct sockaddr_un, sun_path);
	struct peer *peer;

	frame->peer = LAN_EVERYONE;
	/* For one that joined, everyone is the target, whose sending sockets have no name. */
	if (!qemu->target || !named)
		return !qemu->target;
	peer = learn(qemu, &source->address, source->length);
	peer->heard = ++qemu->clock;
	frame->peer = peer->id;
	return true;
}

static size_t qemu_receive(struct lan *lan, struct lan_frame *frames, size_t count)
{
	struct qemu *qemu = qemu_of(lan);
	struct receive_source sources[LAN_BATCH];
	size_t kept = 0;
	int received;

	dispatch(qemu);
	if (!qemu->target && qemu->peers[0].id)
		flush(qemu, &qemu->peers[0]);
	received = receive_batch(qemu->socket, frames, sources, count);
	for (int i = 0; i < received; i++) {
		struct lan_frame frame = frames[i];

		if (!frame.length || !identify(qemu, &sources[i], &frame))
			continue;
		/* Swapped, not overwritten: each buffer stays with exactly one entry. */
		frames[i] = frames[kept];
		frames[kept++] = frame;
		lan->received_bytes += frame.length;
	}
	lan->received += kept;
	return kept;
}

/* Datagrams come to a socket, whatever address is in the frame. */
static int qemu_accept(struct lan *lan, struct mac mac)
{
	(void)lan;
	(void)mac;
	return 0;
}

static void qemu_refuse(struct lan *lan, struct mac mac)
{
	(void)lan;
	(void)mac;
}

static bool is_ours(const struct qemu *qemu)
{
	struct stat status;

	return qemu->target && qemu->inode && !lstat(qemu->lan.name, &status) &&
	       status.st_dev == qemu->device && status.st_ino == qemu->inode;
}

static void qemu_close(struct lan *lan)
{
	struct qemu *qemu = qemu_of(lan);

	for (size_t i = 0; i < qemu->used; i++)
		forget(qemu, &qemu->peers[i]);
	if (is_ours(qemu))
		unlink(lan->name);
	if (qemu->socket >= 0)
		close(qemu->socket);
	if (lan->fd >= 0)
		close(lan->fd);
	free(qemu);
}

static const struct lan_operations qemu_operations = {qemu_receive, qemu_send, qemu_accept,
                                                      qemu_refuse, qemu_close};

/* What the receiving socket holds: one more than the system's limit, counted cautiously. */
static unsigned int queue_length(void)
{
	FILE *file = fopen("/proc/sys/net/unix/max_dgram_qlen", "re");
	unsigned int length = 0;

	if (!file)
		return BUFFERS_MIN;
	if (fscanf(file, "%u", &length) != 1 || length < BUFFERS_MIN)
		length = BUFFERS_MIN;
	fclose(file);
	return length < BUFFERS_MAX ? length : BUFFERS_MAX;
}

static int listen_at(struct qemu *qemu, const struct sockaddr_un *address)
{
	struct stat status;
	int rc = socketpath_make_way(address, SOCK_DGRAM);

	if (rc)
		return rc;
	if (bind(qemu->socket, (const struct sockaddr *)address, sizeof(*address)))
		return -errno;
	qemu->target = true;
	if (lstat(address->sun_path, &status))
		return -errno;
	qemu->device = status.st_dev;
	qemu->inode = status.st_ino;
	return 0;
}

/* The own address is one that the kernel chooses; the target is the one peer. */
static int join(struct qemu *qemu, const struct sockaddr_un *address)
{
	static const struct sockaddr_un any = {.sun_family = AF_UNIX};
	int fd, rc;

	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	rc = connect(fd, (const struct sockaddr *)address, sizeof(*address)) ? -errno : 0;
	close(fd);
	if (rc)
		return rc;
	if (bind(qemu->socket, (const struct sockaddr *)&any, sizeof(any.sun_family)))
		return -errno;
	learn(qemu, address, sizeof(*address));
	return 0;
}

static int open_at(const char *path, struct mac mac, struct lan **lan,
                   int (*enter)(struct qemu *qemu, const struct sockaddr_un *address))
{
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = RECEIVING};
	struct sockaddr_un address;
	struct qemu *qemu;
	int rc = socketpath_address(path, &address);

	if (rc)
		return rc;
	qemu = calloc(1, sizeof(*qemu));
	if (!qemu)
		return -ENOMEM;
	qemu->lan.operations = &qemu_operations;
	qemu->lan.mac = mac;
	qemu->lan.mtu = MTU;
	qemu->lan.buffers = queue_length();
	strcpy(qemu->lan.name, path);
	qemu->lan.fd = epoll_create1(EPOLL_CLOEXEC);
	qemu->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	rc = qemu->lan.fd < 0 || qemu->socket < 0 ? -errno : receive_start(qemu->socket);
	if (!rc)
		rc = enter(qemu, &address);
	if (!rc && epoll_ctl(qemu->lan.fd, EPOLL_CTL_ADD, qemu->socket, &event))
		rc = -errno;
	if (rc) {
		qemu_close(&qemu->lan);
		return rc;
	}
	*lan = &qemu->lan;
	return 0;
}

int lan_open_qemu(const char *path, struct mac mac, struct lan **lan)
{
	return open_at(path, mac, lan, listen_at);
}

int lan_wire_qemu(const char *path, const char *guest, struct mac mac, struct lan **lan)
{
	struct sockaddr_un address;
	int rc = socketpath_address(guest, &address);

	if (!rc)
		rc = open_at(path, mac, lan, listen_at);
	if (!rc)
		qemu_of(*lan)->guest = address;
	return rc;
}

int lan_join_qemu(const char *path, struct mac mac, struct lan **lan)
{
	return open_at(path, mac, lan, join);
}
