/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network interfaces by netlink: which there are, setting them up, whether they have carrier. */
#ifndef INIT_NIC_H
#define INIT_NIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/cmdline.h"
#include "init/job.h"
#include "init/path.h"

enum { NIC_MOST = 64 };

struct nic {
	int index;           /* of the kernel; 0 in an unused entry */
	char name[NIC_NAME]; /* '\0'-terminated */
	struct mac mac;
	bool ethernet; /* and not a loopback */
	bool up;
	bool carrier;
	unsigned mtu;      /* bytes */
	unsigned most_mtu; /* that the driver takes; 0: it did not say */
	bool chosen;       /* one that this boot uses for AoE */
	bool gone;         /* the message says that the interface was removed */

	/* What this init does with it, beside what the kernel tells. */
	unsigned below;     /* bits of those of cmdline.uppers that stand on it */
	struct job opening; /* which may wait: for firmware, or another driver's start */
	int refused;        /* why it was not opened, a negative errno; 0: it was, or is not yet */
	bool wants_opening;
	struct path path;
	bool ready; /* for the aoe module */
};

/* A VLAN or bond on its way to become an interface. */
struct making {
	struct job job; /* which waits for the module */
	bool was_tried;
	int refused; /* a negative errno, or 0 */
};

struct nics {
	int fd; /* NETLINK_ROUTE, subscribed to links */
	struct nic nic[NIC_MOST];
	unsigned count;
	struct making making[UPPER_MOST]; /* of cmdline.uppers */
	const struct cmdline *cmdline;
	int epoll; /* for the ends of those that open them */
};

/*
 * Parses one netlink message of `length` bytes about a link (RTM_NEWLINK or RTM_DELLINK).
 * Returns 0 with *nic filled, or -EINVAL for anything else. Pure.
 */
int nic_parse(const void *message, size_t length, struct nic *nic);

/*
 * Whether a NIC is one of those that the command line names or has made, or it names none. One that
 * others stand on carries their frames alone. Pure.
 */
bool nic_is_chosen(const struct nic *nic, const struct cmdline *cmdline);

/* Opens the socket and asks for the links there are. Returns 0 or a negative errno. */
int nics_open(struct nics *nics, const struct cmdline *cmdline, int epoll);

/* Asks once more for all links, after the kernel had to drop messages or a driver was loaded. */
void nics_ask(struct nics *nics);

/*
 * Takes in what the kernel has said since, without waiting. Chosen NICs that are down are set up
 * (with the MTU of rd.mtu=), each by a process of its own; new carriers are reported. Returns true
 * when a carrier has come.
 */
bool nics_update(struct nics *nics);

/* Tries those again that were not opened. */
void nics_retry(struct nics *nics);

/* Whether a chosen NIC has carrier. */
bool nics_carrier(const struct nics *nics);

/* Whether one is ready for the aoe module. */
bool nics_ready(const struct nics *nics);

/* The bond that an interface is to be a slave of, of the command line; NULL if of none. */
const struct upper *nic_bond(const struct nic *nic, const struct cmdline *cmdline);

#endif
