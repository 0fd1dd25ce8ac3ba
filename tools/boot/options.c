/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/boot/options.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/un.h>

#include "tools/cli/buffer.h"

enum {
	IMAGE,
	ADDRESS,
	SNAPSHOT,
	READ_ONLY,
	EXPORT,
	KERNEL,
	INITRD,
	APPEND,
	VIA,
	FIRMWARE,
	ACCEL,
	MEMORY,
	CPUS,
	CPU,
	NIC,
	MAC,
	NO_CARRIER,
	INTERNET,
	LAN,
	NO_TARGET,
	DISK,
	MEDIUM,
	EXPECT,
	TIMEOUT,
	TYPE,
	AFTER,
	REBOOTS,
	LOG,
	JSON,
};

static const struct cli_option options[] = {
        [IMAGE] = {"image", 'i', "FILE",
                   "the root: a disk image or block device, exported to the guest"},
        [ADDRESS] = {"address", 'a', "SHELF.SLOT", "its AoE address (default: 0.0)"},
        [SNAPSHOT] = {"snapshot", 's', NULL, "throw the guest's writes away when it ends"},
        [READ_ONLY] = {"read-only", 'r', NULL, "export the image read-only"},
        [EXPORT] = {"export", 'x', "S.T=FILE[,...]",
                    "export FILE to the guest as well, as 'etherroot serve' does;\n"
                    "may be repeated"},
        [KERNEL] = {"kernel", 'k', "FILE|VERSION",
                    "a kernel image, or the version of one in the image\n"
                    "(default: the newest in the image)"},
        [INITRD] = {"initrd", 0, "FILE", "an initrd (default: made for this kernel and NIC)"},
        [APPEND] = {"append", 0, "ARGS",
                    "add to the kernel's command line; a root=, ro, rw or\n"
                    "console= here replaces the default"},
        [VIA] = {"via", 0, "WAY",
                 "ipxe: PXE, iPXE, a script, TFTP (default);\n"
                 "http: PXE, iPXE, a script, HTTP;\n"
                 "iso, usb: iPXE from a CD or a USB stick, a script, TFTP;\n"
                 "sanboot: PXE, iPXE, the image's own boot loader;\n"
                 "pxe, uefi-http: as the firmware itself does (UEFI, --lan tap:);\n"
                 "grub: PXE, shim and GRUB as Debian signs them, TFTP (UEFI);\n"
                 "disk: the boot loader of --disk, to compare with;\n"
                 "direct: QEMU loads kernel and initrd"},
        [FIRMWARE] = {"firmware", 0, "KIND",
                      "bios (default), uefi, or uefi-secure: with Secure Boot"},
        [ACCEL] = {"accel", 0, "KIND",
                   "kvm, tcg, or auto: KVM where a probe boot shows that it works\n"
                   "(default)"},
        [MEMORY] = {"memory", 'm', "MIB", "the guest's memory (default: 512)"},
        [CPUS] = {"cpus", 0, "N", "the guest's processors (default: 2 with KVM, else 1)"},
        [CPU] = {"cpu", 0, "MODEL",
                 "QEMU's model of them (default: host with KVM, else qemu64);\n"
                 "max has everything that QEMU can do"},
        [NIC] = {"nic", 0, "MODEL", "QEMU's network card (default: virtio-net-pci)"},
        [MAC] = {"mac", 0, "MAC", "its address"},
        [NO_CARRIER] = {"no-carrier", 0, NULL, "leave its cable unplugged"},
        [INTERNET] = {"internet", 0, NULL, "let the guest reach the world through this host"},
        [LAN] = {"lan", 0, "qemu:SOCKET|tap:IF",
                 "an AoE LAN that is there already; starts no target"},
        [NO_TARGET] = {"no-target", 0, NULL, "start no target: nothing answers on the LAN"},
        [DISK] = {"disk", 0, "FILE", "give the guest a local virtio disk too"},
        [MEDIUM] = {"medium", 0, "FILE",
                    "with --via iso or usb: start from this one, which decides what is\n"
                    "loaded"},
        [EXPECT] = {"expect", 'e', "REGEX",
                    "succeed when the console shows this (extended regular\n"
                    "expression), then power the guest off"},
        [TIMEOUT] = {"timeout", 't', "SECONDS", "fail if it has not by then (default: 300)"},
        [TYPE] = {"type", 0, "REGEX=>TEXT",
                  "when the console shows REGEX, type TEXT and Enter; may be\n"
                  "repeated, and --expect is looked for after the last one"},
        [AFTER] = {"after", 0, "WHAT",
                   "when --expect was seen: poweroff by the power button (default),\n"
                   "or kill, which is a power cut"},
        [REBOOTS] = {"reboots", 0, "N",
                     "let the guest reboot so many times, 1 to 100, as at a first boot\n"
                     "(default: that ends the test)"},
        [LOG] = {"log", 0, "FILE", "write the console's text to FILE"},
        [JSON] = {"json", 0, NULL, "print the verdict and the stages' times as JSON"},
        {0},
};

const struct cli_command boot_command = {
        .name = "boot",
        .synopsis = "--image FILE [OPTION]...",
        .summary = "Boots a machine without a disk in QEMU; its root is FILE, exported over AoE.",
        .options = options,
        .more = "On a terminal the guest's console is yours; Ctrl-A x switches the machine off.\n"
                "Otherwise, and with --expect, it is a test: it ends when the console shows REGEX\n"
                "('login: ' if none is given) and prints when each stage of the boot was reached.",
};

const char *const boot_ways[] = {[VIA_IPXE] = "ipxe",       [VIA_DIRECT] = "direct",
                                 [VIA_SANBOOT] = "sanboot", [VIA_HTTP] = "http",
                                 [VIA_ISO] = "iso",         [VIA_USB] = "usb",
                                 [VIA_PXE] = "pxe",         [VIA_UEFI_HTTP] = "uefi-http",
                                 [VIA_GRUB] = "grub",       [VIA_DISK] = "disk",
                                 [VIA_DISK + 1] = NULL};

const char *const boot_firmwares[] = {[FIRMWARE_BIOS] = "bios",
                                      [FIRMWARE_UEFI] = "uefi",
                                      [FIRMWARE_UEFI_SECURE] = "uefi-secure",
                                      [FIRMWARE_UEFI_SECURE + 1] = NULL};

/* What of the command line needs a second look once all of it is known. */
struct given {
	bool timeout, after, no_target;
};

static int number(const char *name, const char *value, unsigned long low, unsigned long high,
                  unsigned *to)
{
	unsigned long n;

	if (cli_number(value, low, high, &n) < 0)
		return cli_usage(&boot_command, "--%s %s: not a whole number from %lu to %lu", name,
		                 value, low, high);
	*to = (unsigned)n;
	return 0;
}

static int refuse_word(const char *name, const char *value, const char *const words[])
{
	struct buffer list = {0};
	int rc = 0;

	for (unsigned i = 0; !rc && words[i]; i++)
		rc = buffer_printf(&list, "%s%s", i ? " nor " : "", words[i]);
	cli_usage(&boot_command, "--%s %s: neither %.*s", name, value, rc ? 0 : (int)list.size,
	          (const char *)list.data);
	buffer_free(&list);
	return CLI_USAGE;
}

/* A word out of a short list; the index goes to *to. */
static int choice(const char *name, const char *value, const char *const words[], unsigned *to)
{
	for (unsigned i = 0; words[i]; i++) {
		if (!strcmp(words[i], value)) {
			*to = i;
			return 0;
		}
	}
	return refuse_word(name, value, words);
}

static int take_lan(struct boot_options *o, const char *value)
{
	struct sockaddr_un socket;

	if (!strncmp(value, "qemu:", 5) && value[5]) {
		o->lan = LAN_QEMU;
		o->lan_name = value + 5;
		if (strlen(o->lan_name) >= sizeof(socket.sun_path))
			return cli_usage(&boot_command,
			                 "--lan %s: a socket's path has at most %zu bytes", value,
			                 sizeof(socket.sun_path) - 1);
	} else if (!strncmp(value, "tap:", 4) && value[4]) {
		o->lan = LAN_TAP;
		o->lan_name = value + 4;
	} else {
		return cli_usage(&boot_command, "--lan %s: neither qemu:SOCKET nor tap:INTERFACE",
		                 value);
	}
	return 0;
}

static int take_typing(struct boot_options *o, const char *value)
{
	char why[128];
	int rc = expect_add_typing(&o->expect, value, why, sizeof(why));

	if (rc == -ENOMSG)
		return cli_usage(&boot_command, "--type %s: not of the form REGEX=>TEXT", value);
	if (rc < 0)
		return cli_usage(&boot_command, "--type %s: the regular expression is wrong: %s",
		                 value, why);
	return 0;
}

static int take_machine(struct boot_options *o, int option, const char *value)
{
	static const char *const accels[] = {"auto", "kvm", "tcg", NULL};
	struct mac mac;
	unsigned which;

	switch (option) {
	case ACCEL:
		if (choice("accel", value, accels, &which))
			return CLI_USAGE;
		o->accel = (enum boot_accel)which;
		return 0;
	case MEMORY:
		return number("memory", value, 64, 1024 * 1024, &o->memory);
	case CPUS:
		return number("cpus", value, 1, 255, &o->cpus);
	case CPU:
		o->cpu = value;
		return 0;
	case NIC:
		if (!*value || strchr(value, ','))
			return cli_usage(&boot_command, "--nic %s: not the name of a model", value);
		o->nic = value;
		return 0;
	case MAC:
		if (mac_parse(value, NULL, &mac) < 0 || mac_is_group(mac))
			return cli_usage(&boot_command,
			                 "--mac %s: not a host's address like 52:54:00:12:34:56",
			                 value);
		o->mac = value;
		return 0;
	case NO_CARRIER:
		o->no_carrier = true;
		return 0;
	case INTERNET:
		o->internet = true;
		return 0;
	case DISK:
		o->disk = value;
		return 0;
	case MEDIUM:
		o->medium = value;
		return 0;
	}
	return take_lan(o, value);
}

static int take_way(struct boot_options *o, int option, const char *value)
{
	unsigned which;

	if (option == VIA) {
		if (choice("via", value, boot_ways, &which))
			return CLI_USAGE;
		o->via = (enum boot_via)which;
		return 0;
	}
	if (choice("firmware", value, boot_firmwares, &which))
		return CLI_USAGE;
	o->firmware = (enum boot_firmware)which;
	return 0;
}

static int take_root(struct boot_options *o, int option, const char *value)
{
	switch (option) {
	case IMAGE:
		o->image = value;
		return 0;
	case ADDRESS:
		if (aoe_address_parse(value, NULL, &o->address) < 0)
			return cli_usage(&boot_command,
			                 "--address %s: not SHELF.SLOT, 0.0 to %d.%d", value,
			                 AOE_SHELF_MAX, AOE_SLOT_MAX);
		return 0;
	case SNAPSHOT:
		o->snapshot = true;
		return 0;
	case READ_ONLY:
		o->read_only = true;
		return 0;
	case EXPORT:
		args_add(&o->exports, "%s", value);
		return 0;
	case KERNEL:
		o->kernel = value;
		return 0;
	case INITRD:
		o->initrd = value;
		return 0;
	}
	o->append = value;
	return 0;
}

static int take_test(struct boot_options *o, struct given *given, int option, const char *value)
{
	static const char *const afters[] = {"poweroff", "kill", NULL};
	unsigned which;

	switch (option) {
	case EXPECT:
		o->expected = value;
		return 0;
	case TIMEOUT:
		given->timeout = true;
		return number("timeout", value, 1, 7 * 86400, &o->timeout);
	case TYPE:
		return take_typing(o, value);
	case AFTER:
		given->after = true;
		if (choice("after", value, afters, &which))
			return CLI_USAGE;
		o->kill = which == 1;
		return 0;
	case REBOOTS:
		return number("reboots", value, 1, 100, &o->reboots);
	case LOG:
		o->log = value;
		return 0;
	}
	o->json = true;
	return 0;
}

static int take(struct boot_options *o, struct given *given, int option, const char *value)
{
	switch (option) {
	case IMAGE:
	case ADDRESS:
	case SNAPSHOT:
	case READ_ONLY:
	case EXPORT:
	case KERNEL:
	case INITRD:
	case APPEND:
		return take_root(o, option, value);
	case VIA:
	case FIRMWARE:
		return take_way(o, option, value);
	case NO_TARGET:
		given->no_target = true;
		return 0;
	case EXPECT:
	case TIMEOUT:
	case TYPE:
	case AFTER:
	case REBOOTS:
	case LOG:
	case JSON:
		return take_test(o, given, option, value);
	}
	return take_machine(o, option, value);
}

/* Answered by a boot server, which QEMU has none of: its DHCP knows nothing of UEFI. */
static bool is_firmwares_own(const struct boot_options *o)
{
	return o->via == VIA_PXE || o->via == VIA_UEFI_HTTP;
}

bool boot_finds_its_own(const struct boot_options *o)
{
	return o->via == VIA_SANBOOT || o->via == VIA_DISK || o->medium ||
	       (o->via != VIA_DIRECT && o->lan == LAN_TAP);
}

/* Whether all that the firmware starts may be signed: iPXE is not. */
static bool may_be_signed(const struct boot_options *o)
{
	return is_firmwares_own(o) || o->via == VIA_GRUB || o->via == VIA_DISK;
}

/* On a LAN of somebody else's, what is handed out is not ours to say. */
static int check_lan(const struct boot_options *o)
{
	const char *way = boot_ways[o->via];

	if ((is_firmwares_own(o) || o->via == VIA_GRUB) && o->firmware == FIRMWARE_BIOS)
		return cli_usage(&boot_command, "--via %s: only with --firmware uefi", way);
	if (o->firmware == FIRMWARE_UEFI_SECURE && !may_be_signed(o))
		return cli_usage(&boot_command,
		                 "--firmware uefi-secure: starts what is signed, which Debian's "
		                 "iPXE is not: --via grub");
	if (is_firmwares_own(o) && o->lan != LAN_TAP)
		return cli_usage(&boot_command,
		                 "--via %s: asks for a boot server: only with --lan tap:INTERFACE",
		                 way);
	if (o->lan == LAN_TAP && o->via != VIA_IPXE && o->via != VIA_DIRECT && o->via != VIA_DISK &&
	    !o->medium && !is_firmwares_own(o))
		return cli_usage(&boot_command,
		                 "--via %s: on a LAN of somebody else's (--lan tap:) the boot "
		                 "server there decides: --via ipxe",
		                 way);
	return 0;
}

/* Whose what is started is, if it is not ours to say: what is said of a kernel would not count. */
static const char *decider(const struct boot_options *o)
{
	if (o->medium)
		return "the script on the medium";
	if (o->via == VIA_SANBOOT)
		return "the image's own boot loader";
	return o->via == VIA_DISK ? "the disk's own boot loader" : NULL;
}

static int check_way(const struct boot_options *o)
{
	const char *idle = o->kernel   ? "kernel"
	                   : o->initrd ? "initrd"
	                   : o->append ? "append"
	                               : NULL;

	if (o->medium && o->via != VIA_ISO && o->via != VIA_USB)
		return cli_usage(&boot_command, "--medium %s: only with --via iso or usb",
		                 o->medium);
	if (idle && decider(o))
		return cli_usage(&boot_command, "--%s: with --via %s %s decides", idle,
		                 boot_ways[o->via], decider(o));
	if (o->via == VIA_DISK && !o->disk)
		return cli_usage(&boot_command, "--via disk: no --disk FILE to boot off");
	return 0;
}

static int check(struct boot_options *o, const struct given *given)
{
	char why[128];

	if (check_way(o) || check_lan(o))
		return CLI_USAGE;
	if (given->no_target && o->lan != LAN_OWN)
		return cli_usage(&boot_command, "--no-target: --lan starts none anyway");
	if (given->no_target || (o->via == VIA_DISK && !o->image && o->lan == LAN_OWN))
		o->lan = LAN_NONE;
	if (o->exports.n && o->lan != LAN_OWN)
		return cli_usage(&boot_command, "--export: no target is started that could");
	if (!o->image && o->lan == LAN_OWN)
		return cli_usage(&boot_command, "no --image FILE to boot off");
	if (!o->image && !(o->kernel && o->initrd) && !boot_finds_its_own(o))
		return cli_usage(&boot_command,
		                 "no --image FILE, so --kernel FILE and --initrd FILE are needed");
	if (o->snapshot && o->read_only)
		return cli_usage(&boot_command, "--snapshot and --read-only exclude each other");
	if (!o->expected && given->timeout)
		return cli_usage(&boot_command, "--timeout: only together with --expect");
	if (!o->expected && given->after)
		return cli_usage(&boot_command, "--after: only together with --expect");
	if (!o->expected && o->expect.count)
		return cli_usage(&boot_command, "--type: only together with --expect");
	if (o->expected && !*o->expected)
		return cli_usage(&boot_command, "--expect: the regular expression is empty");
	if (o->expected &&
	    expect_add(&o->expect, o->expected, strlen(o->expected), NULL, why, sizeof(why)) < 0)
		return cli_usage(&boot_command, "--expect %s: the regular expression is wrong: %s",
		                 o->expected, why);
	return 0;
}

int boot_options_parse(struct boot_options *o, int argc, char **argv, int *status)
{
	struct cli_parser parser;
	struct given given = {.timeout = false};
	int option;

	*o = (struct boot_options){.memory = 512, .nic = "virtio-net-pci", .timeout = 300};
	*status = 0;
	cli_start(&parser, &boot_command, argc, argv);
	while ((option = cli_next(&parser)) >= 0) {
		*status = take(o, &given, option, parser.value);
		if (*status)
			parser.argc = 0; /* one message is enough: the rest is not looked at */
	}
	if (option == CLI_STOP) {
		*status = parser.status;
		return -1;
	}
	if (!*status && parser.index < parser.argc)
		*status =
		        cli_usage(&boot_command, "%s: no operand is expected", argv[parser.index]);
	if (!*status)
		*status = check(o, &given);
	return *status ? -1 : 0;
}

void boot_options_free(struct boot_options *o)
{
	args_free(&o->exports);
	expect_free(&o->expect);
}
