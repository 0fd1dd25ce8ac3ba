/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/lan/lan.h"

#include <errno.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/base/hash.h"

size_t lan_receive(struct lan *lan, struct lan_frame *frames, size_t count)
{
	return lan->operations->receive(lan, frames, count < LAN_BATCH ? count : LAN_BATCH);
}

void lan_send(struct lan *lan, const struct lan_frame *frames, size_t count)
{
	lan->operations->send(lan, frames, count);
}

int lan_accept(struct lan *lan, struct mac mac)
{
	return lan->operations->accept(lan, mac);
}

void lan_refuse(struct lan *lan, struct mac mac)
{
	lan->operations->refuse(lan, mac);
}

void lan_close(struct lan *lan)
{
	if (lan)
		lan->operations->close(lan);
}

const char *lan_master_name(const struct lan *lan)
{
	const char *space = strchr(lan->master, ' ');

	return space ? space + 1 : lan->master;
}

const char *lan_explain(int error)
{
	switch (-error) {
	case ENODEV:
		return "no such interface";
	case EPERM:
	case EACCES:
		return "permission denied: raw Ethernet needs CAP_NET_RAW: run as root, or "
		       "'setcap cap_net_raw+ep' the program";
	case EMEDIUMTYPE:
		return "not an Ethernet interface";
	case EAFNOSUPPORT:
		return "this kernel has no packet sockets: load the module af_packet";
	case EADDRINUSE:
		return "a running target listens there: stop it, or choose another socket";
	case EEXIST:
		return "exists and is no socket: choose another path, or remove it";
	case ENAMETOOLONG:
		return "the path of a socket has at most 107 bytes: choose a shorter one";
	case ECONNREFUSED:
		return "nobody listens there any more: start the target again";
	default:
		return strerror(-error);
	}
}

struct mac lan_stable_mac(const char *text)
{
	uint64_t hash = hash_text(text);
	struct mac mac = {{0x02}}; /* locally administered, for one host */

	for (size_t i = 1; i < sizeof(mac.octet); i++)
		mac.octet[i] = (uint8_t)(hash >> 8 * i);
	return mac;
}

static bool wanted(int fd, const char *name, bool all)
{
	struct ifreq request = {0};

	strncpy(request.ifr_name, name, IFNAMSIZ - 1);
	if (ioctl(fd, SIOCGIFHWADDR, &request) || request.ifr_hwaddr.sa_family != ARPHRD_ETHER)
		return false;
	return all || (!ioctl(fd, SIOCGIFFLAGS, &request) && request.ifr_flags & IFF_UP);
}

int lan_list_interfaces(bool all, char ***names, size_t *count)
{
	struct if_nameindex *list = if_nameindex();
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int rc = list && fd >= 0 ? 0 : -errno;
	size_t room = 0;

	*names = NULL;
	*count = 0;
	for (size_t i = 0; !rc && list[i].if_name; i++)
		room++;
	if (!rc) {
		*names = calloc(room + 1, sizeof(**names));
		rc = *names ? 0 : -ENOMEM;
	}
	for (size_t i = 0; !rc && i < room; i++) {
		if (!wanted(fd, list[i].if_name, all))
			continue;
		(*names)[*count] = strdup(list[i].if_name);
		rc = (*names)[*count] ? 0 : -ENOMEM;
		*count += !rc;
	}
	if (rc) {
		lan_free_names(*names, *count);
		*names = NULL;
		*count = 0;
	}
	if (fd >= 0)
		close(fd);
	if (list)
		if_freenameindex(list);
	return rc;
}

void lan_free_names(char **names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(names[i]);
	free(names);
}
