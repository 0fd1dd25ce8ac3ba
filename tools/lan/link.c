/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/lan/link.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ANSWER_ROOM = 32768 }; /* NLMSG_GOODSIZE and more: an interface with many attributes */

/* A run of attributes. */
struct attributes {
	const char *next;
	size_t left;
};

struct attribute {
	unsigned short type;
	const char *data;
	size_t length;
};

/* Takes the next one. Returns false at the end, and at one that is cut off. */
static bool next_attribute(struct attributes *all, struct attribute *attribute)
{
	struct rtattr head;
	size_t whole;

	if (all->left < sizeof(head))
		return false;
	memcpy(&head, all->next, sizeof(head));
	if (head.rta_len < sizeof(head) || head.rta_len > all->left)
		return false;
	*attribute = (struct attribute){.type = head.rta_type & NLA_TYPE_MASK,
	                                .data = all->next + sizeof(head),
	                                .length = head.rta_len - sizeof(head)};
	whole = RTA_ALIGN(head.rta_len);
	whole = whole < all->left ? whole : all->left;
	all->next += whole;
	all->left -= whole;
	return true;
}

static void take_text(const struct attribute *attribute, char text[IFNAMSIZ])
{
	size_t length = strnlen(attribute->data, attribute->length);

	if (length >= IFNAMSIZ)
		length = IFNAMSIZ - 1;
	memcpy(text, attribute->data, length);
	text[length] = '\0';
}

static unsigned int take_number(const struct attribute *attribute)
{
	unsigned int number = 0;

	if (attribute->length >= sizeof(number))
		memcpy(&number, attribute->data, sizeof(number));
	return number;
}

static void take_kind(const struct attribute *info, struct link *link)
{
	struct attributes inside = {info->data, info->length};
	struct attribute attribute;

	while (next_attribute(&inside, &attribute))
		if (attribute.type == IFLA_INFO_SLAVE_KIND)
			take_text(&attribute, link->kind);
}

static void take_attribute(const struct attribute *attribute, struct link *link)
{
	switch (attribute->type) {
	case IFLA_IFNAME:
		take_text(attribute, link->name);
		break;
	case IFLA_ADDRESS:
		if (attribute->length == sizeof(link->mac))
			memcpy(&link->mac, attribute->data, sizeof(link->mac));
		break;
	case IFLA_MTU:
		link->mtu = take_number(attribute);
		break;
	case IFLA_MASTER:
		link->master = (int)take_number(attribute);
		break;
	case IFLA_LINKINFO:
		take_kind(attribute, link);
		break;
	}
}

static int parse_error(const char *body, size_t length)
{
	struct nlmsgerr error;

	if (length < sizeof(error.error))
		return -EBADMSG;
	memcpy(&error.error, body, sizeof(error.error));
	return error.error < 0 ? error.error : -EBADMSG;
}

int link_parse(const void *message, size_t length, struct link *link)
{
	const size_t head_size = NLMSG_HDRLEN, info_size = NLMSG_ALIGN(sizeof(struct ifinfomsg));
	const char *bytes = message;
	struct nlmsghdr head;
	struct ifinfomsg info;
	struct attributes all;
	struct attribute attribute;

	*link = (struct link){0};
	if (length < head_size)
		return -EBADMSG;
	memcpy(&head, bytes, sizeof(head));
	if (head.nlmsg_len < head_size || head.nlmsg_len > length)
		return -EBADMSG;
	if (head.nlmsg_type == NLMSG_ERROR)
		return parse_error(bytes + head_size, head.nlmsg_len - head_size);
	if (head.nlmsg_type != RTM_NEWLINK || head.nlmsg_len - head_size < info_size)
		return -EBADMSG;
	memcpy(&info, bytes + head_size, sizeof(info));
	link->index = info.ifi_index;
	link->type = info.ifi_type;
	link->running = info.ifi_flags & IFF_UP && info.ifi_flags & IFF_RUNNING;
	all = (struct attributes){bytes + head_size + info_size,
	                          head.nlmsg_len - head_size - info_size};
	while (next_attribute(&all, &attribute))
		take_attribute(&attribute, link);
	return 0;
}

bool link_is_port(const struct link *link)
{
	static const char *const kinds[] = {"bridge", "bond", "team", "openvswitch"};

	for (size_t i = 0; link->master && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(link->kind, kinds[i]))
			return true;
	return false;
}

static int open_socket(unsigned int groups)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = groups};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	int rc;

	if (fd < 0)
		return -errno;
	if (!bind(fd, (struct sockaddr *)&address, sizeof(address)))
		return fd;
	rc = -errno;
	close(fd);
	return rc;
}

int link_open(void)
{
	return open_socket(0);
}

int link_watch(void)
{
	return open_socket(RTMGRP_LINK);
}

bool link_drain(int watch)
{
	char bytes[8192];
	bool news = false;
	ssize_t n;

	do {
		n = recv(watch, bytes, sizeof(bytes), MSG_DONTWAIT);
		news |= n > 0 || errno == ENOBUFS;
	} while (n > 0 || errno == EINTR || errno == ENOBUFS);
	return news;
}

static int send_request(int socket, int index, const char *name)
{
	struct {
		struct nlmsghdr head;
		struct ifinfomsg info;
		struct rtattr attribute;
		char name[IFNAMSIZ];
	} request = {
	        .head = {.nlmsg_len = sizeof(request.head) + sizeof(request.info),
	                 .nlmsg_type = RTM_GETLINK,
	                 .nlmsg_flags = NLM_F_REQUEST},
	        .info = {.ifi_family = AF_UNSPEC, .ifi_index = index},
	        .attribute = {.rta_len = sizeof(request.attribute) + sizeof(request.name),
	                      .rta_type = IFLA_IFNAME},
	};

	if (!index) {
		strncpy(request.name, name, IFNAMSIZ - 1);
		request.head.nlmsg_len = sizeof(request);
	}
	return send(socket, &request, request.head.nlmsg_len, 0) < 0 ? -errno : 0;
}

int link_ask(int socket, int index, const char *name, struct link *link)
{
	char answer[ANSWER_ROOM];
	int rc = send_request(socket, index, name);
	ssize_t n;

	if (rc)
		return rc;
	/* The kernel has answered within send(2). */
	n = recv(socket, answer, sizeof(answer), MSG_DONTWAIT);
	return n < 0 ? -errno : link_parse(answer, (size_t)n, link);
}
