/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/inventory/check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cli/cli.h"
#include "tools/serve/config/options.h"

bool inventory_valid_interface(const char *name)
{
	size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                             "0123456789._-");

	return length && length < IFNAMSIZ && !name[length] && *name != '-' && *name != '.';
}

int inventory_parse_address(const char *text, struct in_addr *address, unsigned int *prefix)
{
	const char *slash = strchr(text, '/');
	char host[INET_ADDRSTRLEN];
	unsigned long bits;
	uint32_t rest;

	if (!slash || (size_t)(slash - text) >= sizeof(host) || cli_number(slash + 1, 1, 30, &bits))
		return -EINVAL;
	memcpy(host, text, (size_t)(slash - text));
	host[slash - text] = '\0';
	if (inet_pton(AF_INET, host, address) != 1)
		return -EINVAL;
	rest = ntohl(address->s_addr) & ~(~0u << (32 - bits));
	*prefix = (unsigned int)bits;
	return rest && rest != ~(~0u << (32 - bits)) ? 0 : -EINVAL;
}

int inventory_parse_unknown(const char *text, enum inventory_unknown *unknown)
{
	static const char *const names[] = {[INVENTORY_UNKNOWN_MENU] = "menu",
	                                    [INVENTORY_UNKNOWN_REGISTER] = "register",
	                                    [INVENTORY_UNKNOWN_REFUSE] = "refuse"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(text, names[i])) {
			*unknown = (enum inventory_unknown)i;
			return 0;
		}
	return -EINVAL;
}

int inventory_read_macs(const char *list, struct inventory_machine *machine)
{
	struct mac mac;

	for (machine->mac_count = 0;; list++) {
		if (machine->mac_count == INVENTORY_MACS_MAX || mac_parse(list, &list, &mac) ||
		    mac_is_group(mac) || (*list && *list != ','))
			return -EINVAL;
		machine->macs[machine->mac_count++] = mac;
		if (!*list)
			return 0;
	}
}

/* ---- addresses ---- */

static bool in_network(const struct inventory *inventory, struct in_addr address)
{
	uint32_t mask = inventory_netmask(inventory).s_addr;
	uint32_t host = address.s_addr & ~mask;

	return (address.s_addr & mask) == inventory_network(inventory).s_addr && host &&
	       host != ~mask;
}

static bool in_range(const struct inventory *inventory, struct in_addr address)
{
	return inventory->dhcp == INVENTORY_DHCP_RANGE &&
	       ntohl(address.s_addr) >= ntohl(inventory->low.s_addr) &&
	       ntohl(address.s_addr) <= ntohl(inventory->high.s_addr);
}

static int check_range(const struct inventory *inventory, struct place *place, struct why *why)
{
	if (inventory->dhcp != INVENTORY_DHCP_RANGE)
		return 0;
	*place = inventory->dhcp_place;
	if (!in_network(inventory, inventory->low) || !in_network(inventory, inventory->high) ||
	    ntohl(inventory->low.s_addr) > ntohl(inventory->high.s_addr))
		return why_set(why, -EINVAL,
		               "dhcp range: not two addresses of hosts in the network of address, "
		               "the lower one first");
	if (in_range(inventory, inventory->address))
		return why_set(why, -EINVAL, "dhcp range: the server's own address lies in it");
	return 0;
}

static int check_router(const struct inventory *inventory, struct place *place, struct why *why)
{
	if (!inventory->router.s_addr)
		return 0;
	*place = inventory->router_place;
	if (!in_network(inventory, inventory->router))
		return why_set(why, -EINVAL, "router: not in the network of address");
	if (in_range(inventory, inventory->router))
		return why_set(why, -EINVAL, "router: lies in the range that dhcp gives away");
	return 0;
}

static int check_ports(const struct inventory *inventory, struct place *place, struct why *why)
{
	if (!inventory->http || inventory->http != inventory->trial)
		return 0;
	*place = inventory->port_place;
	return why_set(why, -EINVAL, "http and trial: each has a port of its own, or none: %u",
	               inventory->http);
}

/* ---- what is there twice ---- */

/* Something of which there may be one, and whose it is. */
struct item {
	const struct place *place;
	const char *owner; /* a machine's name, or NULL: an export of the administrator's */
	const char *name;
	struct mac mac;
	struct aoe_address address;
	const char *path;
	bool shared;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct item *)a)->name, ((const struct item *)b)->name);
}

static int by_mac(const void *a, const void *b)
{
	return memcmp(&((const struct item *)a)->mac, &((const struct item *)b)->mac,
	              sizeof(struct mac));
}

static int by_address(const void *a, const void *b)
{
	return aoe_address_compare(((const struct item *)a)->address,
	                           ((const struct item *)b)->address);
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct item *)a)->path, ((const struct item *)b)->path);
}

static int refuse_name(const struct item *first, const struct item *second, struct why *why)
{
	return why_set(why, -EINVAL, "machine %s: there is one already, in line %lu", second->owner,
	               first->place->line);
}

static int refuse_mac(const struct item *first, const struct item *second, struct why *why)
{
	char mac[MAC_TEXT];

	return why_set(why, -EINVAL, "machine %s: MAC %s is that of machine %s in line %lu",
	               second->owner, mac_format(second->mac, mac), first->owner,
	               first->place->line);
}

static int refuse_address(const struct item *first, const struct item *second, struct why *why)
{
	char address[AOE_ADDRESS_TEXT];

	if (first->shared && second->shared && !by_path(first, second))
		return 0;
	return why_set(why, -EINVAL, "%s is exported in line %lu already",
	               aoe_address_format(second->address, address), first->place->line);
}

static int refuse_path(const struct item *first, const struct item *second, struct why *why)
{
	char address[AOE_ADDRESS_TEXT];

	if (!strcmp(first->owner, INVENTORY_INSTALLER) ||
	    !strcmp(second->owner, INVENTORY_INSTALLER))
		return why_set(why, -EINVAL,
		               "%.200s is the installer and the disk of a machine, in line %lu",
		               second->path, first->place->line);
	if (!first->shared || !second->shared)
		return why_set(why, -EINVAL,
		               "machine %s: %.200s is the disk of machine %s in line %lu: two "
		               "machines that write to one disk ruin it; shared= in both lets "
		               "each keep its own writes",
		               second->owner, second->path, first->owner, first->place->line);
	if (!by_address(first, second))
		return 0;
	return why_set(why, -EINVAL,
	               "machine %s: %.200s is shared as export=%s in line %lu: let "
	               "it be the same here",
	               second->owner, second->path, aoe_address_format(first->address, address) + 1,
	               first->place->line);
}

/* The first two in the order of the file that are the same and may not be. */
static int find_twice(struct item *items, size_t count, int (*compare)(const void *, const void *),
                      int (*refuse)(const struct item *, const struct item *, struct why *),
                      struct place *place, struct why *why)
{
	if (count)
		qsort(items, count, sizeof(*items), compare);
	for (size_t i = 1; i < count; i++) {
		const struct item *a = &items[i - 1], *b = &items[i];
		bool order = a->place->line < b->place->line;

		if (compare(a, b) || !refuse(order ? a : b, order ? b : a, why))
			continue;
		*place = *(order ? b : a)->place;
		return -EINVAL;
	}
	return 0;
}

static void set_machine(struct item *item, const struct inventory_machine *machine)
{
	*item = (struct item){.place = &machine->place,
	                      .owner = machine->name,
	                      .name = machine->name,
	                      .address = machine->export,
	                      .path = machine->disk,
	                      .shared = machine->shared};
}

static size_t collect_macs(const struct inventory *inventory, struct item *items)
{
	size_t count = 0;

	for (size_t i = 0; i < inventory->machine_count; i++)
		for (size_t k = 0; k < inventory->machines[i].mac_count; k++) {
			set_machine(&items[count], &inventory->machines[i]);
			items[count++].mac = inventory->machines[i].macs[k];
		}
	return count;
}

static size_t collect(const struct inventory *inventory, struct item *items)
{
	for (size_t i = 0; i < inventory->machine_count; i++)
		set_machine(&items[i], &inventory->machines[i]);
	return inventory->machine_count;
}

/* With the installer, which has no name that another could have. */
static size_t collect_disks(const struct inventory *inventory, struct item *items)
{
	size_t count = collect(inventory, items);

	if (inventory->installer.disk)
		items[count++] = (struct item){.place = &inventory->installer.place,
		                               .owner = INVENTORY_INSTALLER,
		                               .address = inventory->installer.export,
		                               .path = inventory->installer.disk};
	return count;
}

static size_t collect_exports(const struct inventory *inventory, struct item *items)
{
	size_t count = collect_disks(inventory, items);

	for (size_t i = 0; i < inventory->export_count; i++)
		items[count++] = (struct item){.place = &inventory->exports[i].place,
		                               .address = inventory->exports[i].address,
		                               .path = ""};
	return count;
}

static int check_twice(const struct inventory *inventory, struct item *items, struct place *place,
                       struct why *why)
{
	int rc = find_twice(items, collect(inventory, items), by_name, refuse_name, place, why);

	if (!rc)
		rc = find_twice(items, collect_macs(inventory, items), by_mac, refuse_mac, place,
		                why);
	if (!rc)
		rc = find_twice(items, collect_exports(inventory, items), by_address,
		                refuse_address, place, why);
	if (!rc)
		rc = find_twice(items, collect_disks(inventory, items), by_path, refuse_path, place,
		                why);
	return rc;
}

/* ---- what is said of a shared disk ---- */

/* Its options are those of the first machine, and all its machines' cards find room. */
static int check_shared(const struct inventory *inventory, struct place *place, struct why *why)
{
	for (size_t i = 0; i < inventory->machine_count; i++) {
		const struct inventory_machine *machine = &inventory->machines[i];
		const struct inventory_machine *first = machine;
		size_t macs = machine->mac_count;

		if (!machine->shared)
			continue;
		for (size_t k = i; k--;) {
			if (!inventory->machines[k].shared ||
			    aoe_address_compare(inventory->machines[k].export, machine->export))
				continue;
			first = &inventory->machines[k];
			macs += first->mac_count;
		}
		*place = machine->place;
		if (first != machine && machine->options.size)
			return why_set(why, -EINVAL,
			               "machine %s: options of a shared disk stand once, with the "
			               "first machine: in line %lu",
			               machine->name, first->place.line);
		if (macs > EXPORT_MACS_MAX)
			return why_set(why, -EINVAL,
			               "machine %s: an export has at most %d MAC addresses: share "
			               "a copy of the disk at another address",
			               machine->name, EXPORT_MACS_MAX);
	}
	return 0;
}

/* Who is installed is so by an installer, and has its answers from where the kernel gets them. */
static int check_installed(const struct inventory *inventory, struct place *place, struct why *why)
{
	for (size_t i = 0; i < inventory->machine_count; i++) {
		const struct inventory_machine *machine = &inventory->machines[i];

		if (!machine->install)
			continue;
		*place = machine->place;
		if (!inventory->installer.disk)
			return why_set(
			        why, -EINVAL,
			        "machine %s: install=: by which installer? 'etherroot server "
			        "installer' makes one, and its line",
			        machine->name);
		if (!inventory->http && *machine->install != '/')
			return why_set(
			        why, -EINVAL,
			        "machine %s: install=%.60s comes by HTTP, and there is none: "
			        "install=/etc/etherroot/answers is a file in the installer",
			        machine->name, machine->install);
	}
	return 0;
}

int inventory_check(const struct inventory *inventory, struct place *place, struct why *why)
{
	size_t room = inventory->machine_count * INVENTORY_MACS_MAX + inventory->export_count + 2;
	struct item *items;
	int rc = check_range(inventory, place, why);

	if (!rc)
		rc = check_router(inventory, place, why);
	if (!rc)
		rc = check_ports(inventory, place, why);
	if (rc)
		return rc;
	items = calloc(room, sizeof(*items));
	rc = items ? check_twice(inventory, items, place, why) : why_memory(why);
	free(items);
	if (!rc)
		rc = check_shared(inventory, place, why);
	return rc ? rc : check_installed(inventory, place, why);
}
