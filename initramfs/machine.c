/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initramfs/machine.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Reads the first line of FILE. */
static bool read_line(const char *file, char *line, size_t size)
{
	FILE *stream = fopen(file, "re");
	bool got = stream && fgets(line, (int)size, stream);

	if (stream)
		fclose(stream);
	if (got)
		line[strcspn(line, "\n")] = '\0';
	return got && *line;
}

/* Adds what a device's modalias asks for. Returns an enum modset_found, or -errno. */
static int add_modalias(struct modset *modules, const char *device, const char *reason,
                        struct why *why)
{
	char file[PATH_MAX + 16];
	char alias[4096]; /* sysfs shows at most a page */

	snprintf(file, sizeof(file), "%s/modalias", device);
	if (!read_line(file, alias, sizeof(alias)))
		return MODSET_NONE;
	return modset_add(modules, alias, reason, why);
}

/* The module behind a link such as DEVICE/driver/module; NULL if there is none. */
static const char *linked_module(const char *device, const char *link, char *target, size_t size)
{
	char file[PATH_MAX + 32];
	ssize_t length;
	char *base;

	snprintf(file, sizeof(file), "%s/%s", device, link);
	length = readlink(file, target, size - 1);
	if (length <= 0)
		return NULL;
	target[length] = '\0';
	base = strrchr(target, '/');
	return base ? base + 1 : target;
}

/* Room for "network driver (this: INTERFACE)"; an interface has at most 15 letters (IFNAMSIZ). */
enum { REASON = 64 };

static void set_reason(char reason[REASON], const char *before, const char *interface,
                       const char *after)
{
	snprintf(reason, REASON, "%s%.15s%s", before, interface, after);
}

/* What DEVICE is driven by: its modalias, and the module in use. Returns as add_modalias. */
static int add_driver(struct modset *modules, const char *device, const char *interface,
                      struct why *why)
{
	char target[PATH_MAX];
	char reason[REASON];
	const char *driver = linked_module(device, "driver/module", target, sizeof(target));
	int found;
	int rc;

	set_reason(reason, "network driver (this: ", interface, ")");
	found = add_modalias(modules, device, reason, why);
	if (found < 0 || !driver)
		return found;
	/* Not every driver has an alias for what it drives, nor need the alias be the one in use.
	 */
	rc = modset_add(modules, driver, reason, why);
	return rc < 0 || found == MODSET_NONE ? rc : found;
}

/* Every device above DEVICE, up to SYS/devices: the bridges and controllers on the way to it. */
static int add_busses(struct modset *modules, const char *sys, const char *device,
                      const char *interface, struct why *why)
{
	size_t top = strlen(sys) + strlen("/devices");
	char path[PATH_MAX];
	char reason[REASON];
	char *slash;
	int rc = 0;

	set_reason(reason, "bus of ", interface, "");
	snprintf(path, sizeof(path), "%s", device);
	while (rc >= 0 && (slash = strrchr(path, '/')) && (size_t)(slash - path) > top) {
		*slash = '\0';
		rc = add_modalias(modules, path, reason, why);
	}
	return rc;
}

/* The driver of the interface's PHY, which the kernel would ask modprobe for. */
static int add_phy(struct modset *modules, const char *link, const char *device,
                   const char *interface, struct why *why)
{
	char driver_target[PATH_MAX], phy_target[PATH_MAX];
	const char *driver = linked_module(device, "driver/module", driver_target, PATH_MAX);
	const char *phy = linked_module(link, "driver/module", phy_target, PATH_MAX);
	struct module *first, *second;
	char reason[REASON];
	int rc;

	if (!driver || !phy)
		return 0;
	set_reason(reason, "PHY of ", interface, "");
	rc = modset_add(modules, phy, reason, why);
	first = modset_find(modules, driver);
	second = modset_find(modules, phy);
	if (rc > 0 && first && second && modset_order(first, second, false))
		return why_memory(why);
	return rc;
}

static int add_interface(struct modset *modules, const char *sys, const char *interface,
                         struct why *why)
{
	char link[PATH_MAX];
	char device[PATH_MAX];
	int found;
	int rc;

	snprintf(link, sizeof(link), "%s/class/net/%s/device", sys, interface);
	if (!realpath(link, device))
		return MODSET_NONE; /* a virtual interface: bridge, tunnel, lo */
	found = add_driver(modules, device, interface, why);
	if (found <= MODSET_NONE)
		return found;
	rc = add_busses(modules, sys, device, interface, why);
	if (rc < 0)
		return rc;
	snprintf(link, sizeof(link), "%s/class/net/%s/phydev", sys, interface);
	rc = add_phy(modules, link, device, interface, why);
	return rc < 0 ? rc : found;
}

static int not_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int machine_add_drivers_of(struct modset *modules, const char *sys, struct why *why)
{
	char path[PATH_MAX];
	struct dirent **entries;
	int found = 0;
	int rc = 0;
	int count;

	snprintf(path, sizeof(path), "%s/class/net", sys);
	count = scandir(path, &entries, not_hidden, alphasort);
	if (count < 0)
		return why_set(why, -errno, "drivers 'this': %s: %s", path, strerror(errno));
	for (int i = 0; i < count; i++) {
		if (rc >= 0)
			rc = add_interface(modules, sys, entries[i]->d_name, why);
		found += rc > MODSET_NONE;
		free(entries[i]);
	}
	free(entries);
	return rc < 0 ? rc : found;
}

int machine_add_drivers(struct modset *modules, struct why *why)
{
	return machine_add_drivers_of(modules, "/sys", why);
}
