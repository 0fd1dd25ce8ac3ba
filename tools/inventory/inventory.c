/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The struct: what is found in it, and what it owns. */
#include "tools/inventory/inventory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct inventory_machine *inventory_find(const struct inventory *inventory, const char *name)
{
	for (size_t i = 0; i < inventory->machine_count; i++)
		if (!strcmp(inventory->machines[i].name, name))
			return &inventory->machines[i];
	return NULL;
}

const struct inventory_machine *inventory_find_mac(const struct inventory *inventory,
                                                   struct mac mac)
{
	for (size_t i = 0; i < inventory->machine_count; i++)
		for (size_t k = 0; k < inventory->machines[i].mac_count; k++)
			if (mac_equal(inventory->machines[i].macs[k], mac))
				return &inventory->machines[i];
	return NULL;
}

int inventory_free_address(const struct inventory *inventory, unsigned int shelf,
                           struct aoe_address *address)
{
	bool used[AOE_SLOT_MAX + 1] = {false};

	for (size_t i = 0; i < inventory->machine_count; i++)
		if (inventory->machines[i].export.shelf == shelf)
			used[inventory->machines[i].export.slot] = true;
	for (size_t i = 0; i < inventory->export_count; i++)
		if (inventory->exports[i].address.shelf == shelf)
			used[inventory->exports[i].address.slot] = true;
	if (inventory->installer.disk && inventory->installer.export.shelf == shelf)
		used[inventory->installer.export.slot] = true;
	for (unsigned int slot = 0; slot <= AOE_SLOT_MAX; slot++) {
		*address = (struct aoe_address){(uint16_t)shelf, (uint8_t)slot};
		if (!used[slot])
			return 0;
	}
	return -ENOSPC;
}

bool inventory_valid_name(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return length && length <= INVENTORY_NAME && !name[length] && strchr(letters, name[0]) &&
	       strchr(letters, name[length - 1]);
}

/* It stands in a script of iPXE's and on a kernel's command line. */
bool inventory_valid_answers(const char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                              "0123456789._-";
	const char *name = text;

	while (*name == '/') {
		name++;
		name += strspn(name, letters);
	}
	if (name == text)
		name += strspn(name, letters);
	return *text && *text != '.' && !strstr(text, "..") && !*name;
}

struct in_addr inventory_netmask(const struct inventory *inventory)
{
	return (struct in_addr){htonl(~0u << (32 - inventory->prefix))};
}

struct in_addr inventory_network(const struct inventory *inventory)
{
	return (struct in_addr){inventory->address.s_addr & inventory_netmask(inventory).s_addr};
}

void inventory_release(struct inventory *inventory)
{
	for (size_t i = 0; i < inventory->machine_count; i++) {
		free(inventory->machines[i].disk);
		free(inventory->machines[i].append);
		free(inventory->machines[i].install);
		buffer_free(&inventory->machines[i].options);
	}
	for (size_t i = 0; i < inventory->export_count; i++)
		free(inventory->exports[i].line);
	free(inventory->machines);
	free(inventory->exports);
	free(inventory->installer.disk);
	*inventory = (struct inventory){0};
}
