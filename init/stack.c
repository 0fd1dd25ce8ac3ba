/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/stack.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "init/netlink.h"
#include "init/report.h"
#include "init/sysfs.h"
#include "tools/base/text.h"

/* IFLA_LINKINFO: what kind, and with it the ID of a VLAN. */
static void add_kind(struct netlink_request *request, const struct upper *upper)
{
	uint16_t id = (uint16_t)upper->vlan;
	struct netlink_request nest;

	/* The attributes within it are built as those of a message without a header. */
	netlink_begin(&nest, 0, 0, "", 0);
	netlink_add(&nest, IFLA_INFO_KIND, id ? "vlan" : "bond", sizeof("vlan"));
	if (id) {
		const struct {
			struct rtattr head;
			uint16_t id;
		} data = {{RTA_LENGTH(sizeof(id)), IFLA_VLAN_ID}, id};

		netlink_add(&nest, IFLA_INFO_DATA | NLA_F_NESTED, &data, data.head.rta_len);
	}
	netlink_add(request, IFLA_LINKINFO | NLA_F_NESTED, nest.bytes + sizeof(nest.header),
	            nest.header.nlmsg_len - sizeof(nest.header));
}

static int write_option(const char *bond, const char *name, const char *value)
{
	char path[128];

	return sysfs_write(
	        text_join(path, sizeof(path), "/sys/class/net/", bond, "/bonding/", name, NULL),
	        value);
}

/* One option, "mode=active-backup". What it does not take is told. */
static int set_option(const char *bond, const char *option, size_t length)
{
	char name[64], *value;
	struct text text;
	int rc;

	text_begin(&text, name, sizeof(name));
	text_add_bytes(&text, option, length);
	value = strchr(name, '=');
	if (!value) /* cut off */
		return -EINVAL;
	*value = '\0';
	rc = write_option(bond, name, value + 1);
	if (rc)
		report_warning(bond, "the bonding driver does not take ", name, "=", value + 1,
		               ": ", report_errno(rc));
	return rc;
}

/* The mode comes first: others are taken in some modes alone. */
static int set_options(const struct upper *bond, bool mode)
{
	int rc = 0;

	for (const char *at = bond->options; !rc && *at; at += *at == ',') {
		size_t length = strcspn(at, ",");

		if (text_begins(at, "mode=") == mode)
			rc = set_option(bond->name, at, length);
		at += length;
	}
	return rc;
}

/*
 * Without miimon a bond would take a slave that has no carrier for as good as any: 100 ms are what
 * its documentation advises (Documentation/networking/bonding.rst).
 */
static int set_up_bond(const struct upper *bond)
{
	int rc = set_options(bond, true);

	if (!rc)
		rc = write_option(bond->name, "miimon", "100");
	return rc ? rc : set_options(bond, false);
}

int stack_make(const struct upper *upper, int lower)
{
	const struct ifinfomsg info = {.ifi_family = AF_UNSPEC};
	struct netlink_request request;
	int rc;

	netlink_begin(&request, RTM_NEWLINK, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, &info,
	              sizeof(info));
	netlink_add(&request, IFLA_IFNAME, upper->name, strlen(upper->name) + 1);
	if (upper->vlan)
		netlink_add(&request, IFLA_LINK, &lower, sizeof(lower));
	add_kind(&request, upper);
	rc = netlink_demand(&request);
	if (rc == -EEXIST)
		rc = 0;
	return rc || upper->vlan ? rc : set_up_bond(upper);
}

const char *stack_module(const struct upper *upper)
{
	return upper->vlan ? "8021q" : "bonding";
}

int stack_join(int slave, int bond)
{
	const struct ifinfomsg info = {.ifi_family = AF_UNSPEC, .ifi_index = slave};
	struct netlink_request request;

	netlink_begin(&request, RTM_NEWLINK, NLM_F_ACK, &info, sizeof(info));
	netlink_add(&request, IFLA_MASTER, &bond, sizeof(bond));
	return netlink_demand(&request);
}
