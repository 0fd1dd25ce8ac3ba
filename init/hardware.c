/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/hardware.h"

#include <string.h>
#include <unistd.h>

#include "init/glob.h"
#include "init/sysfs.h"
#include "tools/base/text.h"

/* Room for a path below HARDWARE_BUSSES. */
enum { SYS_PATH = 320 };

/* A walk over the devices of a bus. */
struct walk {
	const struct modules *modules;
	const char *bus;
};

static bool load_for_device(void *context, const char *device)
{
	const struct walk *walk = context;
	char path[SYS_PATH], modalias[512];

	text_join(path, sizeof(path), HARDWARE_BUSSES "/", walk->bus, "/devices/", device,
	          "/modalias", NULL);
	if (sysfs_read(path, modalias, sizeof(modalias)) > 0)
		modules_load_alias(walk->modules, modalias);
	return true;
}

static bool load_for_bus(void *context, const char *bus)
{
	struct walk walk = {context, bus};
	char path[SYS_PATH];

	text_join(path, sizeof(path), HARDWARE_BUSSES "/", bus, "/devices", NULL);
	sysfs_each(path, load_for_device, &walk);
	return true;
}

void hardware_load_drivers(const struct modules *modules)
{
	struct modules copy = *modules;

	sysfs_each(HARDWARE_BUSSES, load_for_bus, &copy);
}

/* How a bus marks its Ethernet devices: a file of the device, and what its text matches. */
static const struct nic_mark {
	const char *bus;
	const char *file;
	const char *pattern;
} nic_marks[] = {
        {"pci", "class", "0x0200*"},    /* "Ethernet controller"; Wi-Fi is 0x0280 (PCI code and ID
                                           assignment) */
        {"virtio", "device", "0x0001"}, /* device ID of a network card (virtio 1.2, section 5) */
        {"usb", "modalias", "usb:*ic02isc0[6D]ip*"}, /* CDC: Ethernet, NCM (USB class codes) */
        {"vmbus", "class_id", "{f8615163-df3e-46c5-913f-f2d2f965ed0e}"}, /* linux/hyperv.h */
        {"xen", "devtype", "vif"},
};

struct search {
	const struct modules *modules;
	const char *busses;
	const struct nic_mark *mark;
	struct driverless *found;
};

static const char *read_attribute(const struct search *search, const char *device,
                                  const char *attribute, char *text, size_t size)
{
	char path[SYS_PATH];

	text_join(path, sizeof(path), search->busses, "/", search->mark->bus, "/devices/", device,
	          "/", attribute, NULL);
	sysfs_read(path, text, size);
	return text;
}

/* "0x8086" without its "0x" */
static const char *digits(const char *text)
{
	return text_begins(text, "0x") ? text + 2 : text;
}

static bool has_driver(const struct search *search, const char *device)
{
	char path[SYS_PATH];

	text_join(path, sizeof(path), search->busses, "/", search->mark->bus, "/devices/", device,
	          "/driver", NULL);
	return !access(path, F_OK);
}

static bool look_at_device(void *context, const char *device)
{
	struct search *search = context;
	char text[256], vendor[64], model[64];

	if (!glob_matches(search->mark->pattern,
	                  read_attribute(search, device, search->mark->file, text, sizeof(text))) ||
	    has_driver(search, device))
		return true;
	read_attribute(search, device, "vendor", vendor, sizeof(vendor));
	read_attribute(search, device, "device", model, sizeof(model));
	text_join(search->found->device, sizeof(search->found->device), search->mark->bus, " ",
	          device, *vendor ? " (" : "", digits(vendor), *vendor ? ":" : "",
	          *vendor ? digits(model) : "", *vendor ? ")" : "", NULL);
	modules_loaded_for(search->modules,
	                   read_attribute(search, device, "modalias", text, sizeof(text)),
	                   search->found->driver);
	return false;
}

void hardware_find_driverless(const struct modules *modules, const char *busses,
                              struct driverless *found)
{
	struct search search = {.modules = modules, .busses = busses, .found = found};

	*found = (struct driverless){.device = ""};
	for (size_t i = 0; i < sizeof(nic_marks) / sizeof(nic_marks[0]) && !*found->device; i++) {
		char path[SYS_PATH];

		search.mark = &nic_marks[i];
		text_join(path, sizeof(path), busses, "/", search.mark->bus, "/devices", NULL);
		sysfs_each(path, look_at_device, &search);
	}
}
