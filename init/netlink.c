/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/netlink.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Messages and attributes stand on four bytes (NLMSG_ALIGNTO, RTA_ALIGNTO). */
enum { ALIGN = 4 };

static size_t aligned(size_t length)
{
	return (length + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

void netlink_begin(struct netlink_request *request, unsigned type, unsigned flags,
                   const void *fixed, size_t size)
{
	memset(request, 0, sizeof(*request));
	request->header = (struct nlmsghdr){
	        .nlmsg_len = (uint32_t)(sizeof(request->header) + size),
	        .nlmsg_type = (uint16_t)type,
	        .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags),
	};
	memcpy(request->bytes + sizeof(request->header), fixed, size);
}

void netlink_add(struct netlink_request *request, unsigned type, const void *data, size_t size)
{
	size_t at = aligned(request->header.nlmsg_len);
	struct rtattr head = {.rta_len = (uint16_t)(sizeof(head) + size),
	                      .rta_type = (uint16_t)type};

	if (size > NETLINK_REQUEST || sizeof(head) + size > NETLINK_REQUEST - at)
		return;
	memcpy(request->bytes + at, &head, sizeof(head));
	memcpy(request->bytes + at + sizeof(head), data, size);
	request->header.nlmsg_len = (uint32_t)(at + head.rta_len);
}

size_t netlink_next(const uint8_t **at, size_t *left, const uint8_t **message)
{
	struct nlmsghdr header;
	size_t step;

	if (*left < sizeof(header))
		return 0;
	memcpy(&header, *at, sizeof(header));
	if (header.nlmsg_len < sizeof(header) || header.nlmsg_len > *left)
		return 0;
	*message = *at;
	step = aligned(header.nlmsg_len);
	step = step < *left ? step : *left;
	*at += step;
	*left -= step;
	return header.nlmsg_len;
}

bool netlink_is_answer(const uint8_t *message, size_t length, int *rc)
{
	struct nlmsghdr header;
	struct nlmsgerr answer;

	if (length < sizeof(header) + sizeof(answer.error))
		return false;
	memcpy(&header, message, sizeof(header));
	memcpy(&answer.error, message + sizeof(header), sizeof(answer.error));
	if (header.nlmsg_type != NLMSG_ERROR)
		return false;
	*rc = answer.error > 0 ? -EPROTO : answer.error;
	return true;
}

size_t netlink_attributes_at(size_t size)
{
	return aligned(sizeof(struct nlmsghdr) + size);
}

int netlink_attribute(const uint8_t *message, size_t end, size_t *offset,
                      struct netlink_attribute *attribute)
{
	struct rtattr head;

	if (*offset >= end || end - *offset < sizeof(head))
		return 0;
	memcpy(&head, message + *offset, sizeof(head));
	if (head.rta_len < sizeof(head) || head.rta_len > end - *offset)
		return -EINVAL;
	*attribute = (struct netlink_attribute){.type = head.rta_type & NLA_TYPE_MASK,
	                                        .data = message + *offset + sizeof(head),
	                                        .length = head.rta_len - sizeof(head)};
	*offset += aligned(head.rta_len);
	return 1;
}

int netlink_demand(const struct netlink_request *request)
{
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_ROUTE);
	uint8_t buffer[4096] __attribute__((aligned(NLMSG_ALIGNTO)));
	ssize_t length = -1;
	int rc = -EPROTO;

	if (fd < 0)
		return -errno;
	if (send(fd, request, request->header.nlmsg_len, 0) >= 0)
		length = recv(fd, buffer, sizeof(buffer), 0);
	if (length < 0)
		rc = -errno;
	else
		netlink_is_answer(buffer, (size_t)length, &rc);
	close(fd);
	return rc;
}
