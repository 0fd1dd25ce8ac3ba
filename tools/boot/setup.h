/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stands ready before the machine is switched on: image, kernel, initrd, script, target. */
#ifndef TOOLS_BOOT_SETUP_H
#define TOOLS_BOOT_SETUP_H

#include <stdbool.h>

#include "tools/boot/machine/machine.h"
#include "tools/boot/options.h"
#include "tools/disk/image.h"
#include "tools/host/child.h"

struct setup {
	const struct boot_options *options;
	int signals;     /* a signalfd: what arrives there ends the preparations */
	char *directory; /* of this run; goes with it */
	int directory_lock;
	int messages; /* the standard error of what is started; a file in the directory */
	struct image image;
	struct image_kernel taken; /* out of the image */
	char *kernel, *initrd;     /* files; NULL: the machine gets them from somebody else */
	char *vmlinux;             /* the kernel unpacked, for a direct start; or NULL */
	int vmlinux_lock;
	char *version;        /* the kernel's, or NULL */
	char *root, *rest;    /* of the kernel's command line */
	char *command_line;   /* both */
	char *tftp;           /* the directory that iPXE loads from, or NULL */
	char *medium;         /* the image that it starts from, or NULL */
	const char *bootfile; /* the name in it that the firmware asks for, or NULL */
	const char *uefi;     /* the firmware's code, or NULL for a BIOS */
	char *variables;      /* of UEFI: a copy of the run's own, or NULL */
	struct child target;
	char *target_socket, *guest_socket;
};

/*
 * Each step prints its own error and returns an enum cli_exit, or -EINTR when a signal came
 * (nothing is printed then). setup_end is due in any case.
 */
int setup_begin(struct setup *setup, const struct boot_options *options, int signals);
int setup_image(struct setup *setup);
int setup_kernel(struct setup *setup);
int setup_unpack(struct setup *setup, bool kvm);
int setup_initrd(struct setup *setup);
int setup_script(struct setup *setup);
int setup_firmware(struct setup *setup);
int setup_target(struct setup *setup);

/* The machine that all this is for; its strings are the setup's and the options'. */
void setup_machine(const struct setup *setup, bool kvm, struct machine *machine);

/* Prints what the programs that were started had to say, and forgets it. */
void setup_show_messages(const struct setup *setup);

/* Stops the target. Returns false, with a message, if it had failed. */
bool setup_stop_target(struct setup *setup);

void setup_end(struct setup *setup);

#endif
