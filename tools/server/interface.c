/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/server/interface.h"

#include <errno.h>
#include <ifaddrs.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if_arp.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/host/clock.h"

/* ---- the interface ---- */

static int refuse_port(int netlink, const struct link *link, struct why *why)
{
	struct link master;

	if (link_ask(netlink, link->master, NULL, &master))
		strcpy(master.name, "?");
	return why_set(why, -EINVAL,
	               "%s: is a port of the %s %s, which takes its frames: --interface %s",
	               link->name, link->kind, master.name, master.name);
}

static int ask_link(const char *name, struct link *link, struct why *why)
{
	int netlink = link_open(), rc;

	if (netlink < 0)
		return why_set(why, netlink, "netlink: %s", strerror(-netlink));
	rc = strlen(name) < IFNAMSIZ ? link_ask(netlink, 0, name, link) : -ENODEV;
	if (rc == -ENODEV)
		why_set(why, rc, "%s: no such interface: 'ip link' lists them", name);
	else if (rc)
		why_set(why, rc, "%s: %s", name, strerror(-rc));
	else if (link->type != ARPHRD_ETHER)
		rc = why_set(why, -EMEDIUMTYPE, "%s: is no Ethernet, which AoE needs", name);
	else if (link_is_port(link))
		rc = refuse_port(netlink, link, why);
	else if (!link->running)
		rc = why_set(why, -ENETDOWN,
		             "%s: is down, or has no carrier: 'ip link set %s up', and look at "
		             "its cable",
		             name, name);
	close(netlink);
	return rc;
}

static unsigned int count_bits(const struct sockaddr *mask)
{
	struct sockaddr_in in;

	memcpy(&in, mask, sizeof(in));
	return (unsigned int)__builtin_popcount(in.sin_addr.s_addr);
}

bool interface_address(const char *name, struct in_addr *address, unsigned int *prefix)
{
	struct ifaddrs *all, *a;
	struct sockaddr_in in;

	if (getifaddrs(&all))
		return false;
	for (a = all; a; a = a->ifa_next)
		if (!strcmp(a->ifa_name, name) && a->ifa_addr && a->ifa_netmask &&
		    a->ifa_addr->sa_family == AF_INET)
			break;
	if (a) {
		memcpy(&in, a->ifa_addr, sizeof(in));
		*address = in.sin_addr;
		*prefix = count_bits(a->ifa_netmask);
	}
	freeifaddrs(all);
	return a != NULL;
}

int interface_look(const char *name, struct interface *interface, struct why *why)
{
	int rc = ask_link(name, &interface->link, why);

	if (rc)
		return rc;
	if (!interface_address(name, &interface->address, &interface->prefix))
		return why_set(why, -EADDRNOTAVAIL,
		               "%s: has no IPv4 address: give it one that stays, like 10.20.0.1/24 "
		               "(interfaces(5))",
		               name);
	if (interface->prefix < 1 || interface->prefix > 30)
		return why_set(why, -EADDRNOTAVAIL,
		               "%s: its address is in a network of /%u: one of /1 to /30 is needed",
		               name, interface->prefix);
	return 0;
}

/* ---- who gives addresses ---- */

static int send_question(int fd, const struct interface *interface, uint32_t transaction)
{
	struct sockaddr_ll everyone = {.sll_family = AF_PACKET,
	                               .sll_protocol = htons(ETH_P_IP),
	                               .sll_ifindex = interface->link.index,
	                               .sll_halen = sizeof(mac_broadcast)};
	uint8_t packet[DHCP_DISCOVER];

	memcpy(everyone.sll_addr, &mac_broadcast, sizeof(mac_broadcast));
	dhcp_write_discover(interface->link.mac, transaction, packet);
	return sendto(fd, packet, sizeof(packet), 0, (struct sockaddr *)&everyone,
	              sizeof(everyone)) < 0
	               ? -errno
	               : 0;
}

/* Takes what arrives until the deadline, or an offer. */
static int listen_until(int fd, int64_t deadline, const struct interface *interface,
                        uint32_t transaction, bool *found, struct dhcp_offer *offer)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	uint8_t packet[2048];

	while (!*found && clock_now() < deadline) {
		ssize_t n;

		if (poll(&ready, 1, clock_poll(deadline)) < 0 && errno != EINTR)
			return -errno;
		n = recv(fd, packet, sizeof(packet), MSG_DONTWAIT);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		*found = n > 0 && !dhcp_read_offer(packet, (size_t)n, interface->link.mac,
		                                   transaction, offer);
	}
	return 0;
}

static int open_packets(const struct interface *interface)
{
	struct sockaddr_ll here = {.sll_family = AF_PACKET,
	                           .sll_protocol = htons(ETH_P_IP),
	                           .sll_ifindex = interface->link.index};
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int rc;

	if (fd < 0)
		return -errno;
	if (!bind(fd, (struct sockaddr *)&here, sizeof(here)))
		return fd;
	rc = -errno;
	close(fd);
	return rc;
}

/* Asks again after each third of the time: on a LAN frames get lost. */
int interface_ask_dhcp(const struct interface *interface, int seconds, bool *found,
                       struct dhcp_offer *offer, struct why *why)
{
	int64_t start = clock_now();
	uint32_t transaction;
	int fd = open_packets(interface), rc = 0;

	*found = false;
	if (fd < 0)
		return why_set(why, fd, "%s: %s%s", interface->link.name, strerror(-fd),
		               fd == -EPERM ? ": be root" : "");
	if (getrandom(&transaction, sizeof(transaction), 0) < 0)
		transaction = (uint32_t)start;
	for (int third = 1; !rc && !*found && third <= 3; third++) {
		rc = send_question(fd, interface, transaction);
		if (!rc)
			rc = listen_until(fd, start + third * (seconds * CLOCK_SECOND / 3),
			                  interface, transaction, found, offer);
	}
	close(fd);
	return rc ? why_set(why, rc, "%s: %s", interface->link.name, strerror(-rc)) : 0;
}
