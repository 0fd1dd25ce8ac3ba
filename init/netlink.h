/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Netlink messages as bytes: requests are built, answers are cut up (linux/netlink.h). All of it is
 * pure but netlink_demand.
 */
#ifndef INIT_NETLINK_H
#define INIT_NETLINK_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room for the longest request of this init, with its attributes. */
enum { NETLINK_REQUEST = 256 };

/* A request being built. Whoever knows what goes in sees to it that it fits. */
struct netlink_request {
	union {
		struct nlmsghdr header; /* nlmsg_len is how much of the bytes is in use */
		uint8_t bytes[NETLINK_REQUEST];
	};
};

/* Begins a request with the fixed part of its type, such as a struct ifinfomsg. */
void netlink_begin(struct netlink_request *request, unsigned type, unsigned flags,
                   const void *fixed, size_t size);

/* Adds an attribute. What does not fit is left out. */
void netlink_add(struct netlink_request *request, unsigned type, const void *data, size_t size);

/*
 * Cuts the next message off a datagram; *at and *left move on. Returns its length with *message
 * set, or 0 at the end of the datagram or of its good part.
 */
size_t netlink_next(const uint8_t **at, size_t *left, const uint8_t **message);

/*
 * Whether a message is the kernel's answer to a request with NLM_F_ACK; then *rc is 0 or the
 * negative errno in it.
 */
bool netlink_is_answer(const uint8_t *message, size_t length, int *rc);

/*
 * Sends a request with NLM_F_ACK to NETLINK_ROUTE and waits for its answer, as long as the kernel
 * takes: 0, or its negative errno.
 */
int netlink_demand(const struct netlink_request *request);

/* An attribute of a message; the data point into it. */
struct netlink_attribute {
	unsigned type;
	const void *data;
	size_t length;
};

/*
 * Takes the attribute at *offset of a message of `end` bytes and moves *offset on. Returns 1 with
 * *attribute filled, 0 at the end, -EINVAL if it reaches beyond the end.
 */
int netlink_attribute(const uint8_t *message, size_t end, size_t *offset,
                      struct netlink_attribute *attribute);

/* Where attributes begin behind a fixed part of `size` bytes. */
size_t netlink_attributes_at(size_t size);

#endif
