/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one place where a QEMU command line is made. Pure: a description in, arguments out. */
#ifndef TOOLS_BOOT_MACHINE_QEMU_H
#define TOOLS_BOOT_MACHINE_QEMU_H

#include <stdbool.h>

#include "tools/host/args.h"

#define MACHINE_QEMU "qemu-system-x86_64"

/* An address of QEMU's user-mode network that is nobody's. */
#define MACHINE_HTTP     "10.0.2.100"
#define MACHINE_HTTP_URL "http://" MACHINE_HTTP

/* The NIC's name inside QEMU, as set_link takes it. */
#define MACHINE_NIC_ID "nic"

/* A machine as QEMU is to build it. Strings are borrowed; NULL leaves the thing out. */
struct machine {
	bool kvm;        /* else TCG */
	unsigned memory; /* MiB */
	unsigned cpus;
	const char *cpu; /* their model, with its options as QEMU takes them */
	const char *nic; /* QEMU's name of the model */
	const char *mac;
	bool pxe; /* boot from the NIC: by its ROM, which is iPXE; else the NIC gets none */
	/* With UEFI and pxe: by the firmware's own means, the NIC gets no ROM; by HTTP alone. */
	bool own_pxe, own_http;
	const char *medium; /* boot from this CD image, or NULL; or from a USB stick with it */
	bool medium_usb;
	/* UEFI in place of a BIOS: its code, which is only read, and its variables. */
	const char *uefi_code, *uefi_variables;
	bool uefi_secure; /* Secure Boot: only the firmware itself may write them */
	/* Boot straight into a kernel; needs no pxe. */
	const char *kernel, *initrd, *command_line;
	/* QEMU's user-mode network: DHCP, and TFTP out of a directory if one is given. */
	bool user_network;
	bool internet; /* the guest may reach the world through the host's addresses */
	const char *tftp, *bootfile;
	const char *http; /* a directory that it has at MACHINE_HTTP_URL, by busybox; or NULL */
	/* The AoE LAN: datagrams between two UNIX sockets, or a tap interface. */
	const char *lan_local, *lan_remote;
	const char *tap;
	const char *disk; /* a local virtio disk, raw */
	bool disk_snapshot, disk_read_only;
	bool disk_boots; /* the machine is started by its boot loader; needs no pxe */
	bool reboots;    /* a guest that reboots does so; else QEMU ends */
	int qmp;         /* descriptor of a connected stream socket for QMP */
};

/*
 * Adds QEMU's arguments, its name first. The serial console is on QEMU's standard input and output.
 * The machine stands still until QMP says "cont".
 */
void machine_args(const struct machine *machine, struct args *args);

/* The kernel module that drives a NIC model, or NULL for a model that is not known. */
const char *machine_nic_module(const char *model);

#endif
