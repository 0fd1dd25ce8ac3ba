/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initramfs/drivers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "initramfs/elffile.h"
#include "initramfs/machine.h"

/* What hypervisors and clouds give their guests, SR-IOV functions included. */
static const char *const virtual_drivers[] = {
        "virtio_net",                       /* QEMU, Xen, VirtualBox, most clouds */
        "e1000",                            /* QEMU, VMware, VirtualBox */
        "e1000e",                           /* QEMU q35, VMware */
        "igb",                              /* QEMU 8 */
        "8139cp",                           /* QEMU */
        "8139too",                          /* QEMU, Xen HVM */
        "ne2k_pci",                         /* QEMU */
        "pcnet32",                          /* QEMU, VMware, VirtualBox */
        "tulip",                            /* QEMU, Hyper-V's legacy adapter */
        "e100",                             /* QEMU i8255x */
        "vmxnet3",                          /* VMware, QEMU */
        "xen_netfront", "hv_netvsc", "ena", /* Amazon */
        "gve",                              /* Google */
        "mana",                             /* Azure */
        "igbvf",                            /* SR-IOV */
        "ixgbevf",      "iavf",
};

/* Folders of the kernel whose modules are Ethernet drivers, or their PHYs': a path begins so. */
static const char *const ethernet_folders[] = {
        "kernel/drivers/net/ethernet/",     "kernel/drivers/net/hyperv/",
        "kernel/drivers/net/vmxnet3/",      "kernel/drivers/net/virtio_net.",
        "kernel/drivers/net/xen-netfront.", "kernel/drivers/net/phy/",
};

/* USB drivers that make an Ethernet interface; those for modems and telephones stay out. */
static const char *const usb_drivers[] = {
        "aqc111",  "asix",       "ax88179_178a", "cdc_eem",  "cdc_ether", "cdc_ncm", "ch9200",
        "dm9601",  "kaweth",     "lan78xx",      "mcs7830",  "pegasus",   "r8152",   "r8153_ecm",
        "rtl8150", "rndis_host", "smsc75xx",     "smsc95xx", "sr9700",    "sr9800",
};

/*
 * What vlan= and bond= take: of an image with every driver a fiftieth, but of one for a single NIC
 * a quarter. Who needs them there names them (--module).
 */
static const char *const upper_drivers[] = {"8021q", "bonding"};

/* The bus behind an alias: whose drivers make the devices of that bus appear. */
struct transport {
	const char *prefix; /* of the alias of a driver of that bus */
	const char *modules[7];
};

static const struct transport transports[] = {
        {"virtio:", {"virtio_pci", "virtio_mmio"}},
        {"usb:",
         {"xhci_pci", "xhci_pci_renesas", "ehci_pci", "uhci_hcd", "ohci_pci", "xhci_plat_hcd"}},
        {"vmbus:", {"hv_vmbus", "pci_hyperv"}},
};

/* Partners that neither modules.dep nor modules.softdep tells of: the kernel calls modprobe. */
struct partner {
	const char *driver;
	const char *module;
	bool post; /* loaded after the driver */
};

static const struct partner partners[] = {
        /* mlx4_core asks for the protocol's driver when it finds a port (mlx4_request_modules). */
        {"mlx4_core", "mlx4_en", true},
        /* phylib asks for the PHY's driver by "mdio:..." and falls back to a generic one. */
        {"tg3", "broadcom", false},
        {"asix", "ax88796b", false},
        {"lan78xx", "microchip", false},
        {"lan743x", "microchip", false},
        {"smsc95xx", "smsc", false},
        {"dwmac_intel", "marvell", false},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Adds those of a table that this kernel has. Returns how many it has, built in or not, or -errno.
 */
static int add_known(struct modset *modules, const char *const *names, size_t count,
                     const char *reason, struct why *why)
{
	int known = 0;

	for (size_t i = 0; i < count; i++) {
		int rc = modset_add(modules, names[i], reason, why);

		if (rc < 0)
			return rc;
		known += rc != MODSET_NONE;
	}
	return known;
}

static int add_virtual(struct modset *modules, struct why *why)
{
	return add_known(modules, virtual_drivers, COUNT(virtual_drivers),
	                 "network driver (virtual)", why);
}

/* PCMCIA cards ("_cs") cannot start a machine over the network. */
static bool is_ethernet(const char *path)
{
	for (size_t i = 0; i < COUNT(ethernet_folders); i++)
		if (!strncmp(path, ethernet_folders[i], strlen(ethernet_folders[i])))
			return !strstr(path, "_cs.ko");
	return false;
}

/*
 * Modules that did not come with the kernel lie in updates/, extra/ and the like, drivers for
 * anything: those that allocate an Ethernet device and have devices of their own are ours.
 */
static int is_added_ethernet(const struct tree *tree, const char *path, struct why *why)
{
	struct module module = {0};
	int rc;

	if (!*path || !strncmp(path, "kernel/", 7))
		return 0;
	rc = modset_read(tree, path, &module.data, why);
	/* What DKMS left in the index when its module went; nobody asked for it. */
	if (rc == -ENOENT || rc == -ENOEXEC)
		rc = 0;
	else if (!rc)
		rc = elffile_needs(&module.data, "alloc_etherdev_mqs") &&
		     module_info(&module, "alias", NULL);
	buffer_free(&module.data);
	return rc;
}

/* The module's name in a path of modules.dep: "kernel/drivers/net/xen-netfront.ko.xz". */
static void name_of(const char *path, char *name, size_t size)
{
	const char *base = strrchr(path, '/');

	snprintf(name, size, "%s", base ? base + 1 : path);
	name[strcspn(name, ".")] = '\0';
	for (char *c = name; *c; c++)
		if (*c == '-')
			*c = '_';
}

/* Goes through the lines of modules.dep, "PATH: NEEDS...", whose text ends in a zero byte. */
static int add_ethernet(struct modset *modules, char *text, struct why *why)
{
	int known = 0;
	char *rest = text;
	char *line;

	while ((line = strsep(&rest, "\n"))) {
		char name[128];
		int rc;

		line[strcspn(line, ":")] = '\0';
		rc = is_ethernet(line) ? 1 : is_added_ethernet(modules->tree, line, why);
		if (rc < 0)
			return rc;
		if (!rc)
			continue;
		name_of(line, name, sizeof(name));
		rc = modset_add(modules, name, "network driver (all)", why);
		if (rc < 0)
			return rc;
		known += rc != MODSET_NONE;
	}
	return known;
}

static int add_all(struct modset *modules, struct why *why)
{
	/* Debian's is 0.6 MB. */
	enum { LIMIT = 64 << 20 };
	const struct tree *tree = modules->tree;
	struct buffer text = {0};
	char path[512];
	int usb, upper = 0;
	int rc;

	snprintf(path, sizeof(path), "%s/modules.dep", tree->modules);
	rc = tree_read(tree, path, LIMIT, &text);
	if (!rc)
		rc = buffer_append(&text, "", 1);
	if (rc)
		rc = why_set(why, rc, "%s/%s: %s: run 'depmod -b %s %s'", tree->root, path,
		             strerror(-rc), *tree->root ? tree->root : "/", tree->version);
	else
		rc = add_ethernet(modules, (char *)text.data, why);
	buffer_free(&text);
	if (rc < 0)
		return rc;
	usb = add_known(modules, usb_drivers, COUNT(usb_drivers), "network driver (all)", why);
	if (usb >= 0)
		upper = add_known(modules, upper_drivers, COUNT(upper_drivers),
		                  "vlan= and bond= (all)", why);
	return usb < 0 ? usb : upper < 0 ? upper : rc + usb;
}

static int add_named(struct modset *modules, const char *name, struct why *why)
{
	int rc = modset_add(modules, name, "network driver (named)", why);

	if (rc != MODSET_NONE)
		return rc;
	return why_set(why, -ENOENT, "driver %s: kernel %s has no such module", name,
	               modules->tree->version);
}

struct keyword {
	const char *name;
	int (*add)(struct modset *modules, struct why *why);
	const char *nothing; /* why it came to nothing */
};

static const struct keyword keywords[] = {
        {"this", machine_add_drivers,
         "this machine has no network device that the kernel has a driver for: name a driver, "
         "or take 'virtual' or 'all'"},
        {"virtual", add_virtual, "the kernel has no driver for a virtual machine's network device"},
        {"all", add_all, "the kernel has no Ethernet driver"},
};

static int add_item(struct modset *modules, const char *name, struct why *why)
{
	for (size_t i = 0; i < COUNT(keywords); i++) {
		int rc;

		if (strcmp(name, keywords[i].name))
			continue;
		rc = keywords[i].add(modules, why);
		return rc ? rc
		          : why_set(why, -ENOENT, "drivers '%s': %s", name, keywords[i].nothing);
	}
	return add_named(modules, name, why);
}

int drivers_add(struct modset *modules, const char *list, struct why *why)
{
	char *copy = strdup(list);
	char *rest = copy;
	char *name;
	int rc = 0;

	if (!copy)
		return why_memory(why);
	while (rc >= 0 && (name = strsep(&rest, ",")))
		rc = *name ? add_item(modules, name, why)
		           : why_set(why, -EINVAL, "drivers '%s': a name is missing", list);
	free(copy);
	return rc < 0 ? rc : 0;
}

static bool has_alias(const struct module *module, const char *prefix)
{
	const char *alias = NULL;

	while ((alias = module_info(module, "alias", alias)))
		if (!strncmp(alias, prefix, strlen(prefix)))
			return true;
	return false;
}

static int add_transports(struct modset *modules, struct why *why)
{
	/* What is added for one bus may itself hang on another, but not on one of these. */
	size_t count = modules->count;
	bool *wanted = calloc(COUNT(transports), sizeof(*wanted));
	int rc = 0;

	if (!wanted)
		return why_memory(why);
	for (size_t i = 0; i < count; i++)
		for (size_t t = 0; t < COUNT(transports); t++)
			wanted[t] |= has_alias(modules->item[i], transports[t].prefix);
	for (size_t t = 0; t < COUNT(transports) && rc >= 0; t++) {
		char reason[64];

		if (!wanted[t])
			continue;
		snprintf(reason, sizeof(reason), "bus of the %.*s drivers",
		         (int)strcspn(transports[t].prefix, ":"), transports[t].prefix);
		for (size_t m = 0; rc >= 0 && transports[t].modules[m]; m++)
			rc = modset_add(modules, transports[t].modules[m], reason, why);
	}
	free(wanted);
	return rc < 0 ? rc : 0;
}

static int add_partner(struct modset *modules, const struct partner *partner, struct why *why)
{
	struct module *driver = modset_find(modules, partner->driver);
	struct module *module;
	char reason[64];
	int rc;

	if (!driver)
		return 0;
	snprintf(reason, sizeof(reason), "partner of %s", partner->driver);
	rc = modset_add(modules, partner->module, reason, why);
	if (rc < 0)
		return rc;
	module = modset_find(modules, partner->module);
	if (module && modset_order(driver, module, partner->post))
		return why_memory(why);
	return 0;
}

/* "weakdep=a b": what a module asks the kernel for as it runs (MODULE_WEAKDEP, Linux 6.11). */
static int add_weak_needs(struct modset *modules, const struct module *module, struct why *why)
{
	const char *names = NULL;
	char name[64], reason[128];
	int rc = 0;

	snprintf(reason, sizeof(reason), "may be asked for by %.60s", module->name);
	while (rc >= 0 && (names = module_info(module, "weakdep", names)))
		for (const char *at = names; rc >= 0 && *at; at += strspn(at, " ")) {
			size_t length = strcspn(at, " ");

			snprintf(name, sizeof(name), "%.*s", (int)length, at);
			rc = *name ? modset_add(modules, name, reason, why) : 0;
			at += length;
		}
	return rc < 0 ? rc : 0;
}

/* Those of the modules that are in by now; what they bring may shift their places. */
static int add_all_weak_needs(struct modset *modules, struct why *why)
{
	size_t count = modules->count;
	struct module **items = malloc((count + !count) * sizeof(*items));
	int rc = 0;

	if (!items)
		return why_memory(why);
	memcpy(items, modules->item, count * sizeof(*items));
	for (size_t i = 0; !rc && i < count; i++)
		rc = add_weak_needs(modules, items[i], why);
	free(items);
	return rc;
}

int drivers_add_keyboards(struct modset *modules, struct why *why)
{
	static const char *const keyboards[] = {"usbhid", "hid_generic", "hyperv_keyboard",
	                                        "virtio_input"};
	int rc = add_known(modules, keyboards, COUNT(keyboards), "keyboard (--shell)", why);

	return rc < 0 ? rc : 0;
}

int drivers_add_companions(struct modset *modules, struct why *why)
{
	int rc = add_transports(modules, why);

	if (!rc)
		rc = add_all_weak_needs(modules, why);
	for (size_t i = 0; !rc && i < COUNT(partners); i++)
		rc = add_partner(modules, &partners[i], why);
	return rc;
}
