/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The distribution's iPXE for UEFI (package ipxe), and what scripts of ours have it say. */
#ifndef TOOLS_HOST_IPXE_H
#define TOOLS_HOST_IPXE_H

#include <stdbool.h>
#include <stddef.h>

#define IPXE_EFI "/usr/lib/ipxe/ipxe.efi"

/* The script that it runs if it lies where iPXE itself was loaded from, and if iPXE reads it. */
#define IPXE_AUTOEXEC "autoexec.ipxe"

/* What the console shows when nothing could be loaded, before it is all tried again. */
#define IPXE_FAILED "etherroot: this machine could not be started"

/*
 * Looks at it: how many bytes it has, and whether it reads IPXE_AUTOEXEC (Debian 13's does, Debian
 * 12's does not). Returns 0 or a negative errno: -ENOENT, it is not installed.
 */
int ipxe_look(size_t *size, bool *reads_autoexec);

#endif
