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

#include "init/netlink.h"
#include "init/report.h"
#include "init/servers.h"
#include "init/stack.h"
#include "tools/base/text.h"

static void take_attribute(struct nic *nic, const struct netlink_attribute *attribute)
{
	size_t length = attribute->length;

	if (attribute->type == IFLA_IFNAME && length) {
		size_t n = strnlen(attribute->data, length);

		n = n < NIC_NAME ? n : NIC_NAME - 1;
		memcpy(nic->name, attribute->data, n);
		nic->name[n] = '\0';
	}
	if (attribute->type == IFLA_ADDRESS && length == sizeof(nic->mac))
		memcpy(&nic->mac, attribute->data, length);
	if (attribute->type == IFLA_MTU && length == sizeof(nic->mtu))
		memcpy(&nic->mtu, attribute->data, length);
	if (attribute->type == IFLA_MAX_MTU && length == sizeof(nic->most_mtu))
		memcpy(&nic->most_mtu, attribute->data, length);
}

int nic_parse(const void *message, size_t length, struct nic *nic)
{
	const uint8_t *at = message;
	struct netlink_attribute attribute;
	struct nlmsghdr header;
	struct ifinfomsg info;
	size_t offset = netlink_attributes_at(sizeof(info));
	int rc;

	if (length < sizeof(header) + sizeof(info))
		return -EINVAL;
	memcpy(&header, at, sizeof(header));
	memcpy(&info, at + sizeof(header), sizeof(info));
	if ((header.nlmsg_type != RTM_NEWLINK && header.nlmsg_type != RTM_DELLINK) ||
	    header.nlmsg_len > length || header.nlmsg_len < sizeof(header) + sizeof(info))
		return -EINVAL;
	*nic = (struct nic){
	        .index = info.ifi_index,
	        .ethernet = info.ifi_type == ARPHRD_ETHER && !(info.ifi_flags & IFF_LOOPBACK),
	        .up = info.ifi_flags & IFF_UP,
	        .carrier = (info.ifi_flags & IFF_UP) && (info.ifi_flags & IFF_LOWER_UP),
	        .gone = header.nlmsg_type == RTM_DELLINK,
	};
	while ((rc = netlink_attribute(at, header.nlmsg_len, &offset, &attribute)) > 0)
		take_attribute(nic, &attribute);
	return !rc && nic->index > 0 && *nic->name ? 0 : -EINVAL;
}

static const struct upper *find_upper(const struct cmdline *cmdline, const char *name)
{
	for (unsigned i = 0; i < cmdline->upper_count; i++)
		if (!strcmp(cmdline->uppers[i].name, name))
			return &cmdline->uppers[i];
	return NULL;
}

const struct upper *nic_bond(const struct nic *nic, const struct cmdline *cmdline)
{
	for (unsigned i = 0; i < cmdline->upper_count; i++)
		if ((nic->below >> i & 1) && !cmdline->uppers[i].vlan)
			return &cmdline->uppers[i];
	return NULL;
}

/* Which of the uppers stand on an interface. What was made has its address from below. */
static unsigned find_below(const struct nic *nic, const struct cmdline *cmdline)
{
	bool made = find_upper(cmdline, nic->name);
	unsigned below = 0;

	for (unsigned i = 0; nic->ethernet && i < cmdline->upper_count; i++)
		if (upper_stands_on(&cmdline->uppers[i], nic->name, made ? NULL : &nic->mac))
			below |= 1u << i;
	return below;
}

bool nic_is_chosen(const struct nic *nic, const struct cmdline *cmdline)
{
	if (!nic->ethernet || nic->below)
		return false;
	if (find_upper(cmdline, nic->name))
		return true;
	for (unsigned i = 0; i < cmdline->nic_count; i++) {
		const struct nic_choice *choice = &cmdline->nics[i];

		if (choice->name ? !strcmp(choice->name, nic->name)
		                 : mac_equal(choice->mac, nic->mac))
			return true;
	}
	return !cmdline->nic_count && !cmdline->upper_count;
}

int nics_open(struct nics *nics, const struct cmdline *cmdline, int epoll)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK};
	int size = 1 << 20;

	*nics = (struct nics){.cmdline = cmdline, .epoll = epoll};
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

void nics_ask(struct nics *nics)
{
	struct ifinfomsg info = {.ifi_family = AF_UNSPEC};
	struct netlink_request request;

	netlink_begin(&request, RTM_GETLINK, NLM_F_DUMP, &info, sizeof(info));
	(void)!send(nics->fd, &request, request.header.nlmsg_len, 0);
}

/* Sets rd.mtu= as far as the driver takes it; a NIC that refuses it keeps its own. */
static void set_mtu(const struct nic *nic, unsigned mtu)
{
	struct ifinfomsg info = {.ifi_family = AF_UNSPEC, .ifi_index = nic->index};
	struct netlink_request request;
	char number[TEXT_NUMBER];
	int rc;

	if (nic->most_mtu && mtu > nic->most_mtu) {
		report_warning(nic->name, "rd.mtu= is more than its driver takes; using ",
		               text_decimal(number, nic->most_mtu));
		mtu = nic->most_mtu;
	}
	netlink_begin(&request, RTM_NEWLINK, NLM_F_ACK, &info, sizeof(info));
	netlink_add(&request, IFLA_MTU, &mtu, sizeof(mtu));
	rc = netlink_demand(&request);
	if (rc)
		report_warning(nic->name, "it does not take rd.mtu=", text_decimal(number, mtu),
		               ": ", report_errno(rc), "; it keeps its own");
}

/* rd.target=: nobody else is heard, from the first frame on. */
static void choose_server(const struct nic *nic, const struct cmdline *cmdline)
{
	int rc = servers_choose(nic->index, cmdline_disk(cmdline)->address, cmdline->target);

	if (rc)
		report_warning(nic->name, "rd.target= has no effect on it: ", report_errno(rc));
}

/* Returns 0 or a negative errno, which may take a while: a driver may wait for its firmware. */
static int set_up(const struct nic *nic, const struct cmdline *cmdline, int bond)
{
	struct ifinfomsg info = {.ifi_family = AF_UNSPEC,
	                         .ifi_index = nic->index,
	                         .ifi_flags = IFF_UP,
	                         .ifi_change = IFF_UP};
	unsigned mtu = nic->path.failed ? PATH_MTU : cmdline->mtu;
	struct netlink_request request;

	if (bond)
		return stack_join(nic->index, bond);
	if (mtu)
		set_mtu(nic, mtu);
	if (cmdline->has_target && nic->chosen)
		choose_server(nic, cmdline);
	netlink_begin(&request, RTM_NEWLINK, NLM_F_ACK, &info, sizeof(info));
	return netlink_demand(&request);
}

/* The interface of that name; NULL if there is none. */
static const struct nic *find_nic(const struct nics *nics, const char *name)
{
	for (unsigned i = 0; i < nics->count; i++)
		if (!strcmp(nics->nic[i].name, name))
			return &nics->nic[i];
	return NULL;
}

/*
 * A bond is opened when its options are set. A slave waits for its bond to be up, with the MTU that
 * it gives its slaves.
 */
static bool may_open(const struct nics *nics, const struct nic *nic, const struct nic **master)
{
	const struct upper *bond = nic_bond(nic, nics->cmdline),
	                   *upper = find_upper(nics->cmdline, nic->name);
	const struct making *making = &nics->making[upper ? upper - nics->cmdline->uppers : 0];

	*master = bond ? find_nic(nics, bond->name) : NULL;
	return (!bond || (*master && (*master)->up)) &&
	       (!upper || (!making->job.pid && !making->refused));
}

static void start_opening(struct nics *nics, struct nic *nic)
{
	const struct nic *master;
	int rc;

	if (!may_open(nics, nic, &master))
		return;
	rc = job_start(&nic->opening, nics->epoll);
	if (!rc)
		_exit(-set_up(nic, nics->cmdline, master ? master->index : 0));
	nic->wants_opening = false;
	nic->refused = rc < 0 ? rc : 0;
}

/* Starts what is due, and takes in how it ended. */
static void open_links(struct nics *nics)
{
	for (unsigned i = 0; i < nics->count; i++) {
		struct nic *nic = &nics->nic[i];
		bool ran = nic->opening.pid;

		if (job_runs(&nic->opening))
			continue;
		if (ran && nic->opening.status) {
			nic->refused = nic->opening.status > 0 ? -nic->opening.status : -EINTR;
			report_warning(nic->name,
			               "it was not opened: ", report_errno(nic->refused));
		}
		if (nic->wants_opening)
			start_opening(nics, nic);
	}
}

/* The index of an interface that an upper one can be made on now; 0: there is none. */
static int find_ground(const struct nics *nics, unsigned upper)
{
	bool vlan = nics->cmdline->uppers[upper].vlan;

	for (unsigned i = 0; i < nics->count; i++)
		if ((nics->nic[i].below >> upper & 1) && (!vlan || nics->nic[i].up))
			return nics->nic[i].index;
	return 0;
}

static void note_making(struct making *making, const char *name, int rc)
{
	making->refused = rc;
	if (rc)
		report_warning(name, "it was not made: ", report_errno(rc));
}

/* What is up already is of an earlier try. */
static bool is_made(const struct nics *nics, const char *name)
{
	const struct nic *nic = find_nic(nics, name);

	return nic && nic->up;
}

/* Makes the VLANs and bonds whose ground is there. */
static void make_uppers(struct nics *nics)
{
	for (unsigned i = 0; i < nics->cmdline->upper_count; i++) {
		const struct upper *upper = &nics->cmdline->uppers[i];
		struct making *making = &nics->making[i];
		int ground = find_ground(nics, i), rc;
		bool ran = making->job.pid;

		if (job_runs(&making->job))
			continue;
		if (ran)
			note_making(making, upper->name,
			            making->job.status < 0 ? -EINTR : -making->job.status);
		making->was_tried &= ground != 0; /* a card that was pulled may come back */
		if (making->was_tried || !ground || is_made(nics, upper->name))
			continue;
		making->was_tried = true;
		rc = job_start(&making->job, nics->epoll);
		if (!rc)
			_exit(-stack_make(upper, ground));
		if (rc < 0)
			note_making(making, upper->name, rc);
	}
}

/* Does what is due, and takes in how it ended. */
static void go_on(struct nics *nics)
{
	make_uppers(nics);
	open_links(nics);
}

void nics_retry(struct nics *nics)
{
	for (unsigned i = 0; i < nics->count; i++)
		nics->nic[i].wants_opening |= nics->nic[i].refused != 0;
	for (unsigned i = 0; i < nics->cmdline->upper_count; i++)
		nics->making[i].was_tried &= !nics->making[i].refused;
	go_on(nics);
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
	const struct upper *upper = find_upper(nics->cmdline, link->name);
	char mac[MAC_TEXT], driver[64], mtu[TEXT_NUMBER];
	bool is_new, carrier_came;

	if (!known)
		return false;
	if (link->gone) {
		job_end(&known->opening);
		*known = nics->nic[--nics->count];
		nics->nic[nics->count] = (struct nic){0};
		return false;
	}
	is_new = !known->index;
	carrier_came = link->carrier && !known->carrier;
	/* A slave has its bond's address later. */
	link->below = known->below | find_below(link, nics->cmdline);
	link->chosen = nic_is_chosen(link, nics->cmdline);
	link->opening = known->opening;
	link->path = known->path;
	link->ready = known->ready;
	link->wants_opening = known->wants_opening;
	link->refused = link->up ? 0 : known->refused;
	*known = *link;
	if (!link->chosen && !link->below)
		return false;
	if (is_new) {
		report_stage("nic", link->name, " ", mac_format(link->mac, mac), " ",
		             upper ? stack_module(upper) : driver_of(link->name, driver),
		             nics->cmdline->mtu ? " mtu " : "",
		             nics->cmdline->mtu ? text_decimal(mtu, nics->cmdline->mtu) : "", NULL);
		known->wants_opening = !link->up || nics->cmdline->mtu || nics->cmdline->has_target;
	}
	if (carrier_came)
		report_stage("carrier", link->name, NULL);
	return carrier_came && link->chosen;
}

/* Takes in one datagram. Returns true when a carrier has come. */
static bool take_datagram(struct nics *nics, const uint8_t *at, size_t left)
{
	bool carrier_came = false;
	const uint8_t *message;
	struct nic link;

	for (size_t length; (length = netlink_next(&at, &left, &message));)
		if (!nic_parse(message, length, &link))
			carrier_came |= take_link(nics, &link);
	return carrier_came;
}

bool nics_update(struct nics *nics)
{
	/* What the kernel puts into one datagram at most (NLMSG_GOODSIZE, af_netlink.c). */
	uint8_t buffer[32768] __attribute__((aligned(NLMSG_ALIGNTO)));
	bool carrier_came = false;
	ssize_t length;

	while ((length = recv(nics->fd, buffer, sizeof(buffer), 0)) != 0) {
		if (length > 0)
			carrier_came |= take_datagram(nics, buffer, (size_t)length);
		else if (errno == ENOBUFS)
			nics_ask(nics);
		else if (errno != EINTR)
			break;
	}
	go_on(nics);
	return carrier_came;
}

bool nics_carrier(const struct nics *nics)
{
	for (unsigned i = 0; i < nics->count; i++)
		if (nics->nic[i].chosen && nics->nic[i].carrier)
			return true;
	return false;
}

bool nics_ready(const struct nics *nics)
{
	for (unsigned i = 0; i < nics->count; i++)
		if (nics->nic[i].ready)
			return true;
	return false;
}
