/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/boot/machine/qemu.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *model;
	const char *module;
} nics[] = {
        {"virtio-net-pci", "virtio_net"},
        {"virtio-net-pci-transitional", "virtio_net"},
        {"virtio-net-pci-non-transitional", "virtio_net"},
        {"virtio-net", "virtio_net"},
        {"e1000", "e1000"},
        {"e1000e", "e1000e"},
        {"igb", "igb"},
        {"vmxnet3", "vmxnet3"},
        {"rtl8139", "8139cp"},
        {"ne2k_pci", "ne2k-pci"},
        {"pcnet", "pcnet32"},
        {"tulip", "tulip"},
        {"i82550", "e100"},
        {"i82551", "e100"},
        {"i82557b", "e100"},
        {"i82558b", "e100"},
        {"i82559a", "e100"},
        {"i82559c", "e100"},
        {"i82559er", "e100"},
        {"usb-net", "cdc_ether"},
};

const char *machine_nic_module(const char *model)
{
	for (size_t i = 0; i < sizeof(nics) / sizeof(nics[0]); i++)
		if (!strcmp(nics[i].model, model))
			return nics[i].module;
	return NULL;
}

/* Adds "FLAG" and "PREFIXvalueSUFFIX" with the value quoted. */
static void add_path(struct args *args, const char *flag, const char *prefix, const char *value,
                     const char *suffix)
{
	char *safe = args_quoted(value);

	args_add(args, "%s", flag);
	args_add(args, "%s%s%s", prefix, safe, suffix);
	free(safe);
}

/*
 * Processors that QEMU interprets in threads of their own may see each other's patched code half
 * written: Linux, which patches itself while it boots, then dies of an int3 now and then (seen with
 * QEMU 7.2, one boot in twenty on a busy host). In one thread they take turns.
 */
static const char *accelerator(const struct machine *m)
{
	if (m->kvm)
		return "kvm";
	return m->cpus > 1 ? "tcg,thread=single" : "tcg";
}

/*
 * Interpreted, the vector instructions of newer models are no gain: Debian, which finds out what
 * there is and uses it, takes an eighth more of the host's time to boot with "max".
 */
static const char plain_cpu[] = "qemu64";

static void add_board(const struct machine *m, struct args *args)
{
	/* graphics=off sends the firmware's and iPXE's output to the serial console. */
	args_add(args, "-nodefaults");
	args_add(args, "-no-user-config");
	args_add(args, "-display");
	args_add(args, "none");
	args_add(args, "-machine");
	/* The older board has no mode of the processor's that is the firmware's alone. */
	args_add(args, m->uefi_secure ? "q35,smm=on,graphics=off" : "pc,graphics=off");
	args_add(args, "-accel");
	args_add(args, "%s", accelerator(m));
	args_add(args, "-cpu");
	args_add(args, "%s", m->cpu ? m->cpu : m->kvm ? "host" : plain_cpu);
	args_add(args, "-m");
	args_add(args, "%u", m->memory);
	args_add(args, "-smp");
	args_add(args, "%u", m->cpus);
	args_add(args, "-rtc");
	args_add(args, "base=utc");
	args_add(args, "-device");
	args_add(args,
	         "virtio-rng-pci"); /* a guest that waits for entropy looks like one that hangs */
	args_add(args, "-action");
	args_add(args, "reboot=%s,shutdown=poweroff,panic=none", m->reboots ? "reset" : "shutdown");
}

static void add_firmware(const struct machine *m, struct args *args)
{
	if (!m->uefi_code)
		return;
	if (m->uefi_secure) {
		args_add(args, "-global");
		args_add(args, "driver=cfi.pflash01,property=secure,value=on");
	}
	add_path(args, "-drive", "if=pflash,unit=0,format=raw,readonly=on,file=", m->uefi_code, "");
	add_path(args, "-drive", "if=pflash,unit=1,format=raw,file=", m->uefi_variables, "");
}

static void add_wires(const struct machine *m, struct args *args)
{
	args_add(args, "-chardev");
	/* Pipes: unlike a socket they take QEMU's single bytes without a buffer for each. */
	args_add(args, "stdio,id=console,signal=off");
	args_add(args, "-serial");
	args_add(args, "chardev:console");
	args_add(args, "-chardev");
	args_add(args, "socket,id=qmp,fd=%d", m->qmp);
	args_add(args, "-mon");
	args_add(args, "chardev=qmp,mode=control");
	args_add(args, "-S"); /* stand still until "cont": then the clock starts */
}

static void add_kernel(const struct machine *m, struct args *args)
{
	if (!m->kernel)
		return;
	args_add(args, "-kernel");
	args_add(args, "%s", m->kernel);
	if (m->initrd) {
		args_add(args, "-initrd");
		args_add(args, "%s", m->initrd);
	}
	args_add(args, "-append");
	args_add(args, "%s", m->command_line ? m->command_line : "");
}

/* One port of the hub that joins the NIC, the user-mode network and the AoE LAN. */
static void add_port(struct args *args, const char *netdev)
{
	args_add(args, "-netdev");
	args_add(args, "hubport,id=port-%s,hubid=0,netdev=%s", netdev, netdev);
}

/* Each connection is one of busybox, which answers it on its standard streams. */
static char *http_server(const char *folder)
{
	char *word = args_shell_word(folder), *safe = args_quoted(word);
	char *made =
	        args_text(",guestfwd=tcp:" MACHINE_HTTP ":80-cmd:busybox httpd -i -h %s", safe);

	free(safe);
	free(word);
	return made;
}

static void add_user_network(const struct machine *m, struct args *args)
{
	char *tftp = args_quoted(m->tftp ? m->tftp : "");
	char *bootfile = args_quoted(m->bootfile ? m->bootfile : "");
	char *http = m->http ? http_server(m->http) : args_text("%s", "");

	args_add(args, "-netdev");
	args_add(args, "user,id=user,restrict=%s%s%s%s%s%s", m->internet ? "off" : "on",
	         m->tftp ? ",tftp=" : "", tftp, m->bootfile ? ",bootfile=" : "", bootfile, http);
	add_port(args, "user");
	free(http);
	free(bootfile);
	free(tftp);
}

static void add_lan(const struct machine *m, struct args *args)
{
	char *local, *remote;

	if (m->tap) {
		char *tap = args_quoted(m->tap);

		args_add(args, "-netdev");
		args_add(args, "tap,id=lan,ifname=%s,script=no,downscript=no", tap);
		free(tap);
		add_port(args, "lan");
	} else if (m->lan_remote) {
		local = args_quoted(m->lan_local);
		remote = args_quoted(m->lan_remote);
		args_add(args, "-netdev");
		args_add(args,
		         "dgram,id=lan,local.type=unix,local.path=%s,"
		         "remote.type=unix,remote.path=%s",
		         local, remote);
		free(remote);
		free(local);
		add_port(args, "lan");
	}
}

static void add_nic(const struct machine *m, struct args *args)
{
	bool usb = !strncmp(m->nic, "usb-", 4);

	if (usb) {
		args_add(args, "-device");
		args_add(args, "qemu-xhci");
	}
	args_add(args, "-netdev");
	args_add(args, "hubport,id=port-nic,hubid=0");
	args_add(args, "-device");
	args_add(args, "%s,id=" MACHINE_NIC_ID ",netdev=port-nic%s%s%s", m->nic,
	         m->mac ? ",mac=" : "", m->mac ? m->mac : "",
	         m->own_pxe ? ",romfile=,bootindex=0"
	         : m->pxe   ? ",bootindex=0"
	         : usb      ? "" /* it has no ROM */
	                    : ",romfile=");
}

/* OVMF's switches for what it would try before (OvmfPkg/README: opt/org.tianocore). */
static void add_own_http(const struct machine *m, struct args *args)
{
	static const char *const tried_before[] = {"IPv4PXESupport", "IPv6PXESupport"};

	for (size_t i = 0; m->own_http && i < sizeof(tried_before) / sizeof(tried_before[0]); i++) {
		args_add(args, "-fw_cfg");
		args_add(args, "name=opt/org.tianocore/%s,string=n", tried_before[i]);
	}
}

static void add_medium(const struct machine *m, struct args *args)
{
	if (!m->medium)
		return;
	add_path(args, "-drive", "if=none,id=medium,format=raw,readonly=on,file=", m->medium,
	         m->medium_usb ? "" : ",media=cdrom");
	if (m->medium_usb) {
		args_add(args, "-device");
		args_add(args, "qemu-xhci");
	}
	args_add(args, "-device");
	args_add(args, "%s,drive=medium,bootindex=0", m->medium_usb ? "usb-storage" : "ide-cd");
}

static void add_disk(const struct machine *m, struct args *args)
{
	if (!m->disk)
		return;
	add_path(args, "-drive", "if=none,id=disk,format=raw,file=", m->disk,
	         m->disk_snapshot    ? ",snapshot=on"
	         : m->disk_read_only ? ",read-only=on"
	                             : "");
	args_add(args, "-device");
	args_add(args, "virtio-blk-pci,drive=disk%s", m->disk_boots ? ",bootindex=0" : "");
}

void machine_args(const struct machine *machine, struct args *args)
{
	args_add(args, MACHINE_QEMU);
	add_board(machine, args);
	add_firmware(machine, args);
	add_wires(machine, args);
	add_kernel(machine, args);
	if (machine->user_network)
		add_user_network(machine, args);
	add_lan(machine, args);
	add_nic(machine, args);
	add_own_http(machine, args);
	add_medium(machine, args);
	add_disk(machine, args);
}
