/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The signed way under UEFI: the firmware loads Debian's shim, shim Debian's GRUB, and GRUB a
 * kernel that Debian has signed. Of all that only GRUB's configuration is ours. Pure.
 */
#ifndef TOOLS_BOOT_GRUB_H
#define TOOLS_BOOT_GRUB_H

#include "tools/cli/buffer.h"

/* Where Debian has them, and where each is looked for in the folder that TFTP gives out. */
#define GRUB_SHIM      "/usr/lib/shim/shimx64.efi.signed"
#define GRUB_SHIM_NAME "shimx64.efi" /* the boot file; the others are names that are built in */
#define GRUB_NET       "/usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed"
#define GRUB_NET_NAME  "grubx64.efi"
#define GRUB_FOLDER    "grub"
#define GRUB_CONFIG    GRUB_FOLDER "/grub.cfg"

/*
 * Appends a configuration that starts /vmlinuz with /initrd and these arguments, no word of which
 * means anything to GRUB, on the serial console, and says STAGES_GRUB_FAILED if that cannot be.
 * Returns 0 or -ENOMEM.
 */
int grub_config(const char *command_line, struct buffer *text);

#endif
