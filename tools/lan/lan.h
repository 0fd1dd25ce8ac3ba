/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A LAN as the programs see it: frames come in batches, frames go out in batches. What carries them
 * is behind it: an Ethernet interface (raw.c) or QEMU's datagram sockets (qemu.c).
 *
 * A LAN that was opened stays usable for ever: an interface that goes down, loses its carrier,
 * changes its MTU or MAC, becomes a port of a bridge, or is removed and comes back is noticed here
 * and told in `state`.
 */
#ifndef TOOLS_LAN_LAN_H
#define TOOLS_LAN_LAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/aoe/address.h"

enum {
	LAN_FRAME_MAX = 9216, /* bytes of the longest frame that is taken or sent: a jumbo frame */
	LAN_BATCH = 64,       /* most frames that one call receives */
	LAN_NAME_MAX = 108,   /* bytes of a name with its end: as long as the path of a socket */
	LAN_MASTER_MAX = 32,  /* bytes of a kind and the name of an interface, with the end */
};

/* lan_frame.peer of a frame that is meant for every host on the LAN. */
enum { LAN_EVERYONE = 0 };

struct lan_frame {
	uint8_t *data;     /* owned by the caller; to receive, room for LAN_FRAME_MAX bytes */
	size_t length;     /* bytes of the frame, from the destination address on */
	uint64_t peer;     /* received: who sent it; to send: the same value answers there */
	uint64_t received; /* CLOCK_REALTIME in nanoseconds when it arrived; 0 if not known */
};

enum lan_state {
	LAN_UP,
	LAN_DOWN, /* no carrier, or not configured up: nothing goes in or out */
	LAN_GONE, /* the interface was removed; it is looked for by its name */
	LAN_PORT, /* it is a port of the bridge or bond `master`, which takes its frames */
};

struct lan {
	const struct lan_operations *operations;
	char name[LAN_NAME_MAX]; /* of the interface, or the socket's path */
	int fd;                  /* readable when lan_receive has something to do */
	struct mac mac;          /* own address on this LAN */
	size_t mtu;              /* bytes that a frame may carry behind its Ethernet header */
	bool switched; /* a switch between may not forward anything yet when the link comes up */
	enum lan_state state;
	char master[LAN_MASTER_MAX]; /* in LAN_PORT: its kind and name, "bridge br0" */
	bool changed;                /* state, mtu or mac changed; the caller clears it */
	unsigned int buffers; /* full-sized requests that it holds while the caller is busy */
	/* Counted since it was opened; bytes are those of whole frames. */
	uint64_t received, received_bytes;
	uint64_t sent, sent_bytes;
	uint64_t overruns; /* frames that arrived and found no room, as far as it is known */
	uint64_t lost;     /* frames that could not be sent and were dropped */
	size_t waiting;    /* bytes of the frames that wait until the network takes them */
};

/* What a kind of LAN implements. Nobody else calls these. */
struct lan_operations {
	size_t (*receive)(struct lan *lan, struct lan_frame *frames, size_t count);
	void (*send)(struct lan *lan, const struct lan_frame *frames, size_t count);
	int (*accept)(struct lan *lan, struct mac mac);
	void (*refuse)(struct lan *lan, struct mac mac);
	void (*close)(struct lan *lan);
};

/*
 * Opens an Ethernet interface for AoE frames. It may be down. On success *lan is to be closed with
 * lan_close. Errors, which lan_explain turns into words: -ENODEV, -EPERM, -EMEDIUMTYPE (it is no
 * Ethernet), and what socket(2), bind(2) and epoll_create(2) say.
 */
int lan_open_interface(const char *name, struct lan **lan);

/* The same for one that asks and not serves: it takes less memory, and holds fewer frames. */
int lan_join_interface(const char *name, struct lan **lan);

/*
 * Opens a LAN for guests of QEMU at the UNIX datagram socket `path`, which is created: guests send
 * their frames there, and each is answered at the address that its datagrams come from. The socket
 * file of a process that is gone is replaced. mac is the own address. The file is removed by
 * lan_close. Errors: -EADDRINUSE (a live process listens there), -EEXIST (path is no socket),
 * -ENAMETOOLONG, and what socket(2) and bind(2) say.
 */
int lan_open_qemu(const char *path, struct mac mac, struct lan **lan);

/* The other end of the same: joins the LAN of a target that listens at `path`, as a guest does. */
int lan_join_qemu(const char *path, struct mac mac, struct lan **lan);

/*
 * A wire to one guest, whose -netdev dgram has `guest` as its own socket and sends to `path`, which
 * is created: for who asks a target that runs in a guest. The guest may come and go. Errors as of
 * lan_open_qemu.
 */
int lan_wire_qemu(const char *path, const char *guest, struct mac mac, struct lan **lan);

/* A locally administered address that is always the same for the same text. */
struct mac lan_stable_mac(const char *text);

/*
 * Takes up to count (at most LAN_BATCH) frames that have arrived, and does what else is due: sends
 * what had to wait, follows the link. Does not block. The buffers of all count entries may have
 * changed places among them. Returns how many arrived; 0 when there are none.
 */
size_t lan_receive(struct lan *lan, struct lan_frame *frames, size_t count);

/*
 * Sends frames, in order. Does not block: what the network cannot take now is copied and sent when
 * it can, by lan_receive. Frames are dropped, and counted in lan->lost, when the link is down, when
 * they exceed the MTU, or when a peer takes none for so long that its share of memory is used up.
 */
void lan_send(struct lan *lan, const struct lan_frame *frames, size_t count);

/*
 * Takes frames for another address too, beside lan->mac: for programs that appear as several hosts.
 * From then on frames for any host may be received; the caller looks at their destination. It holds
 * also when the interface was gone, and is back. Returns 0 or a negative errno.
 */
int lan_accept(struct lan *lan, struct mac mac);

/* Takes one lan_accept of that address back. */
void lan_refuse(struct lan *lan, struct mac mac);

/* Closes and frees. lan may be NULL. */
void lan_close(struct lan *lan);

/* The name of the interface that a LAN in LAN_PORT is a port of. */
const char *lan_master_name(const struct lan *lan);

/* What an error of the opening functions means and what to do, as the end of a message. */
const char *lan_explain(int error);

/*
 * The names of this machine's Ethernet interfaces that are up, without loopback, or with `all` of
 * every Ethernet interface. *names is an array of *count strings, to be freed with
 * lan_free_names. Returns 0 or a negative errno.
 */
int lan_list_interfaces(bool all, char ***names, size_t *count);
void lan_free_names(char **names, size_t count);

#endif
