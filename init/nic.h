/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network interfaces by netlink: which there are, setting them up, whether they have carrier. */
#ifndef INIT_NIC_H
#define INIT_NIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/cmdline.h"
#include "init/job.h"

enum { NIC_MOST = 64, NIC_NAME = 16 };

struct nic {
	int index;           /* of the kernel; 0 in an unused entry */
	char name[NIC_NAME]; /* '\0'-terminated */
	struct mac mac;
	bool ethernet; /* and not a loopback */
	bool up;
	bool carrier;
	unsigned most_mtu; /* bytes that the driver takes; 0: it did not say */
	bool chosen;       /* one that this boot uses */
	bool gone;         /* the message says that the interface was removed */

	/* What this init does with it, beside what the kernel tells. */
	struct job opening; /* which may wait: for firmware, or another driver's start */
	int refused;        /* why it was not opened, a negative errno; 0: it was, or is not yet */
	bool wants_opening;
};

struct nics {
	int fd; /* NETLINK_ROUTE, subscribed to links */
	struct nic nic[NIC_MOST];
	unsigned count;
	const struct cmdline *cmdline;
	int epoll; /* for the ends of those that open them */
};

/*
 * Parses one netlink message of `length` bytes about a link (RTM_NEWLINK or RTM_DELLINK).
 * Returns 0 with *nic filled, or -EINVAL for anything else. Pure.
 */
int nic_parse(const void *message, size_t length, struct nic *nic);

/* Whether a NIC is one of those that the command line names, or it names none. Pure. */
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

#endif
