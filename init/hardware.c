/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/hardware.h"

#include <string.h>
#include <unistd.h>

#include "init/sysfs.h"
#include "tools/base/text.h"

/* Room for a path below /sys/bus. */
enum { SYS_PATH = 320 };

/* A walk over /sys/bus/BUS/devices. */
struct walk {
	const struct modules *modules;
	const char *bus;
};

static bool load_for_device(void *context, const char *device)
{
	const struct walk *walk = context;
	char path[SYS_PATH], modalias[512];

	text_join(path, sizeof(path), "/sys/bus/", walk->bus, "/devices/", device, "/modalias",
	          NULL);
	if (sysfs_read(path, modalias, sizeof(modalias)) > 0)
		modules_load_alias(walk->modules, modalias);
	return true;
}

static bool load_for_bus(void *context, const char *bus)
{
	struct walk walk = {context, bus};
	char path[SYS_PATH];

	text_join(path, sizeof(path), "/sys/bus/", bus, "/devices", NULL);
	sysfs_each(path, load_for_device, &walk);
	return true;
}

void hardware_load_drivers(const struct modules *modules)
{
	struct modules copy = *modules;

	sysfs_each("/sys/bus", load_for_bus, &copy);
}

/* How a bus marks its network devices: a file of the device and how its text begins. */
static const struct nic_mark {
	const char *bus;
	const char *file;
	const char *begins;
} nic_marks[] = {
        {"pci", "class", "0x02"}, /* base class "network controller" (PCI code and ID assignment) */
        {"virtio", "device", "0x0001"}, /* device ID of a network card (virtio 1.2, section 5) */
};

struct search {
	const struct nic_mark *mark;
	char *buffer;
	size_t size;
	bool found;
};

static const char *read_attribute(const struct search *search, const char *device,
                                  const char *attribute, char text[64])
{
	char path[SYS_PATH];

	text_join(path, sizeof(path), "/sys/bus/", search->mark->bus, "/devices/", device, "/",
	          attribute, NULL);
	sysfs_read(path, text, 64);
	return text;
}

/* "0x8086" without its "0x" */
static const char *digits(const char *text)
{
	return text_begins(text, "0x") ? text + 2 : text;
}

static bool look_at_device(void *context, const char *device)
{
	struct search *search = context;
	char path[SYS_PATH], text[64], vendor[64], model[64];

	if (!text_begins(read_attribute(search, device, search->mark->file, text),
	                 search->mark->begins))
		return true;
	text_join(path, sizeof(path), "/sys/bus/", search->mark->bus, "/devices/", device,
	          "/driver", NULL);
	if (!access(path, F_OK))
		return true;
	text_join(search->buffer, search->size, search->mark->bus, " ", device, " (",
	          digits(read_attribute(search, device, "vendor", vendor)), ":",
	          digits(read_attribute(search, device, "device", model)), ")", NULL);
	search->found = true;
	return false;
}

bool hardware_nic_without_driver(char *buffer, size_t size)
{
	struct search search = {.buffer = buffer, .size = size};

	for (size_t i = 0; i < sizeof(nic_marks) / sizeof(nic_marks[0]) && !search.found; i++) {
		char path[SYS_PATH];

		search.mark = &nic_marks[i];
		text_join(path, sizeof(path), "/sys/bus/", search.mark->bus, "/devices", NULL);
		sysfs_each(path, look_at_device, &search);
	}
	return search.found;
}
