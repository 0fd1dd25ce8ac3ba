/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the user asked `etherroot boot` for. */
#ifndef TOOLS_BOOT_OPTIONS_H
#define TOOLS_BOOT_OPTIONS_H

#include <stdbool.h>

#include "tools/aoe/address.h"
#include "tools/boot/verdict/verdict.h"
#include "tools/cli/cli.h"
#include "tools/host/args.h"

extern const struct cli_command boot_command;

/* What --via and --firmware call them; NULL behind the last. */
extern const char *const boot_ways[], *const boot_firmwares[];

enum boot_via {
	VIA_IPXE,    /* the network card's ROM, which is iPXE; TFTP */
	VIA_DIRECT,  /* no firmware's: QEMU loads the kernel */
	VIA_SANBOOT, /* iPXE, then the image's own boot loader */
	VIA_HTTP,    /* iPXE; HTTP */
	VIA_ISO,     /* iPXE from a CD; TFTP */
	VIA_USB,     /* the same from a stick */
	VIA_PXE,     /* the firmware's own PXE: a boot server's to answer */
	VIA_UEFI_HTTP,
	VIA_GRUB, /* the firmware's own PXE, then shim and GRUB; TFTP */
	VIA_DISK, /* the boot loader of the local disk */
};
enum boot_firmware { FIRMWARE_BIOS, FIRMWARE_UEFI, FIRMWARE_UEFI_SECURE };
enum boot_accel { ACCEL_AUTO, ACCEL_KVM, ACCEL_TCG };
enum boot_lan { LAN_OWN, LAN_QEMU, LAN_TAP, LAN_NONE };

/* Strings are argv's, NULL where the option was not given. */
struct boot_options {
	const char *image;
	struct aoe_address address;
	bool snapshot, read_only;
	struct args exports; /* --export: beside the image; owned */
	const char *kernel, *initrd, *append;
	enum boot_via via;
	enum boot_firmware firmware;
	enum boot_accel accel;
	unsigned memory; /* MiB */
	unsigned cpus;   /* 0: not said */
	const char *cpu, *nic, *mac;
	bool no_carrier, internet;
	enum boot_lan lan;
	const char *lan_name; /* the socket's path or the interface's name */
	const char *disk;
	const char *medium;   /* --medium: somebody's, in the place of one that is made */
	struct expect expect; /* --type rules, then --expect; owned */
	const char *expected; /* --expect */
	unsigned timeout;     /* seconds; 0: none */
	unsigned reboots;     /* that are no failure */
	bool kill;            /* --after kill */
	const char *log;
	bool json;
};

/*
 * The machine finds its kernel by itself: in the image, by the script on a medium of the user's, or
 * on a LAN of somebody else's, where a boot server has it.
 */
bool boot_finds_its_own(const struct boot_options *options);

/*
 * Reads the command line. Returns 0, or -1 when the program should end with *status; what was wrong
 * has then been printed. The caller ends with boot_options_free either way.
 */
int boot_options_parse(struct boot_options *options, int argc, char **argv, int *status);

void boot_options_free(struct boot_options *options);

#endif
