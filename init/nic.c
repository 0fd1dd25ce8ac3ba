/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/nic.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "init/report.h"
#include "tools/base/text.h"

/* Netlink messages and attributes stand on four bytes (linux/netlink.h, linux/rtnetlink.h). */
enum { ALIGN = 4 };

static size_t aligned(size_t length)
{
	return (length + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

static void take_attribute(struct nic *nic, unsigned type, const char *data, size_t length)
{
	if (type == IFLA_IFNAME && length) {
		size_t n = strnlen(data, length);

		n = n < NIC_NAME ? n : NIC_NAME - 1;
		memcpy(nic->name, data, n);
		nic->name[n] = '\0';
	}
	if (type == IFLA_ADDRESS && length == sizeof(nic->mac))
		memcpy(&nic->mac, data, length);
	if (type == IFLA_MAX_MTU && length == sizeof(nic->most_mtu))
		memcpy(&nic->most_mtu, data, length);
}

int nic_parse(const void *message, size_t length, struct nic *nic)
{
	const char *at = message;
	struct nlmsghdr header;
	struct ifinfomsg info;
	size_t end;

	if (length < sizeof(header) + sizeof(info))
		return -EINVAL;
	memcpy(&header, at, sizeof(header));
	memcpy(&info, at + sizeof(header), sizeof(info));
	if ((header.nlmsg_type != RTM_NEWLINK && header.nlmsg_type != RTM_DELLINK) ||
	    header.nlmsg_len > length || header.nlmsg_len < sizeof(header) + sizeof(info))
		return -EINVAL;
	end = header.nlmsg_len;
	*nic = (struct nic){
	        .index = info.ifi_index,
	        .ethernet = info.ifi_type == ARPHRD_ETHER && !(info.ifi_flags & IFF_LOOPBACK),
	        .up = info.ifi_flags & IFF_UP,
	        .carrier = (info.ifi_flags & IFF_UP) && (info.ifi_flags & IFF_LOWER_UP),
	        .gone = header.nlmsg_type == RTM_DELLINK,
	};
	for (size_t i = aligned(sizeof(header) + sizeof(info));
	     i < end && end - i >= sizeof(struct rtattr);) {
		struct rtattr attribute;

		memcpy(&attribute, at + i, sizeof(attribute));
		if (attribute.rta_len < sizeof(attribute) || attribute.rta_len > end - i)
			return -EINVAL;
		take_attribute(nic, attribute.rta_type & NLA_TYPE_MASK, at + i + sizeof(attribute),
		               attribute.rta_len - sizeof(attribute));
		i += aligned(attribute.rta_len);
	}
	return nic->index > 0 && *nic->name ? 0 : -EINVAL;
}

bool nic_is_chosen(const struct nic *nic, const struct cmdline *cmdline)
{
	if (!nic->ethernet)
		return false;
	for (unsigned i = 0; i < cmdline->nic_count; i++) {
		const struct nic_choice *choice = &cmdline->nics[i];

		if (choice->name ? !strcmp(choice->name, nic->name)
		                 : mac_equal(choice->mac, nic->mac))
			return true;
	}
	return !cmdline->nic_count;
}

int nics_open(struct nics *nics, const struct cmdline *cmdline)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK};
	int size = 1 << 20;

	*nics = (struct nics){.cmdline = cmdline};
	nics->fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	if (nics->fd < 0)
		return -errno;
	setsockopt(nics->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	if (bind(nics->fd, (struct sockaddr *)&address, sizeof(address))) {
		int rc = -errno;

		close(nics->fd);
		return rc;
	}
	nics_ask(nics);
	return 0;
}

static void ask(struct nics *nics, struct nlmsghdr *message)
{
	/* Sending to the kernel does not block; a lost request shows as a NIC that stays down. */
	(void)!send(nics->fd, message, message->nlmsg_len, 0);
}

void nics_ask(struct nics *nics)
{
	struct {
		struct nlmsghdr header;
		struct ifinfomsg info;
	} request = {
	        .header = {.nlmsg_len = sizeof(request),
	                   .nlmsg_type = RTM_GETLINK,
	                   .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
	        .info = {.ifi_family = AF_UNSPEC},
	};

	ask(nics, &request.header);
}

/* Sets a NIC up, with rd.mtu= as far as the driver takes it. */
static void set_up(struct nics *nics, const struct nic *nic)
{
	struct {
		struct nlmsghdr header;
		struct ifinfomsg info;
		struct rtattr mtu_header;
		unsigned mtu;
	} request = {
	        .header = {.nlmsg_type = RTM_NEWLINK, .nlmsg_flags = NLM_F_REQUEST},
	        .info = {.ifi_family = AF_UNSPEC,
	                 .ifi_index = nic->index,
	                 .ifi_flags = IFF_UP,
	                 .ifi_change = IFF_UP},
	        .mtu_header = {.rta_type = IFLA_MTU, .rta_len = RTA_LENGTH(sizeof(unsigned))},
	        .mtu = nics->cmdline->mtu,
	};
	char number[TEXT_NUMBER];

	if (nic->most_mtu && request.mtu > nic->most_mtu) {
		report_warning(nic->name, "rd.mtu= is more than its driver takes; using ",
		               text_decimal(number, nic->most_mtu));
		request.mtu = nic->most_mtu;
	}
	request.header.nlmsg_len =
	        request.mtu ? sizeof(request) : NLMSG_LENGTH(sizeof(request.info));
	ask(nics, &request.header);
}

/* "virtio_net", from the name of the directory that /sys/class/net/NAME/device/driver leads to. */
static const char *driver_of(const char *nic, char buffer[64])
{
	char path[64];
	const char *slash;
	ssize_t length;

	text_join(path, sizeof(path), "/sys/class/net/", nic, "/device/driver", NULL);
	length = readlink(path, buffer, 63);
	if (length <= 0)
		return "no device";
	buffer[length] = '\0';
	slash = strrchr(buffer, '/');
	return slash ? slash + 1 : buffer;
}

static struct nic *entry_of(struct nics *nics, int index)
{
	for (unsigned i = 0; i < nics->count; i++)
		if (nics->nic[i].index == index)
			return &nics->nic[i];
	return nics->count < NIC_MOST ? &nics->nic[nics->count++] : NULL;
}

/* Takes in one link. Returns true when its carrier is new. */
static bool take_link(struct nics *nics, struct nic *link)
{
	struct nic *known = entry_of(nics, link->index);
	char mac[MAC_TEXT], driver[64], mtu[TEXT_NUMBER];
	bool is_new, carrier_came;

	if (!known)
		return false;
	if (link->gone) {
		*known = nics->nic[--nics->count];
		return false;
	}
	is_new = !known->index;
	carrier_came = link->carrier && !known->carrier;
	link->chosen = nic_is_chosen(link, nics->cmdline);
	*known = *link;
	if (!link->chosen)
		return false;
	if (is_new) {
		report_stage("nic", link->name, " ", mac_format(link->mac, mac), " ",
		             driver_of(link->name, driver), nics->cmdline->mtu ? " mtu " : "",
		             nics->cmdline->mtu ? text_decimal(mtu, nics->cmdline->mtu) : "", NULL);
		if (!link->up || nics->cmdline->mtu)
			set_up(nics, link);
	}
	if (carrier_came)
		report_stage("carrier", link->name, NULL);
	return carrier_came;
}

bool nics_update(struct nics *nics)
{
	char buffer[32768] __attribute__((aligned(ALIGN)));
	bool carrier_came = false;
	ssize_t length;

	while ((length = recv(nics->fd, buffer, sizeof(buffer), 0)) != 0) {
		size_t left = length > 0 ? (size_t)length : 0;
		const char *at = buffer;

		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0 && errno == ENOBUFS)
			nics_ask(nics);
		else if (length < 0)
			break;
		while (left >= sizeof(struct nlmsghdr)) {
			struct nlmsghdr header;
			struct nic link;
			size_t step;

			memcpy(&header, at, sizeof(header));
			if (header.nlmsg_len < sizeof(header) || header.nlmsg_len > left)
				break;
			if (!nic_parse(at, left, &link))
				carrier_came |= take_link(nics, &link);
			step = aligned(header.nlmsg_len);
			if (step >= left)
				break;
			at += step;
			left -= step;
		}
	}
	return carrier_came;
}

bool nics_carrier(const struct nics *nics)
{
	for (unsigned i = 0; i < nics->count; i++)
		if (nics->nic[i].chosen && nics->nic[i].carrier)
			return true;
	return false;
}
