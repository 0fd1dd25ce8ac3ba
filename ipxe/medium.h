/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A CD or USB stick for machines that do not start iPXE from their network card: the distribution's
 * iPXE with a script of ours, for BIOS and for UEFI.
 */
#ifndef IPXE_MEDIUM_H
#define IPXE_MEDIUM_H

#include <stdbool.h>

#include "tools/cli/buffer.h"
#include "tools/cli/why.h"

/*
 * Writes a hybrid image with the script on it: an ISO 9660 file system that is a disk with
 * partitions as well. The same script, parts and tools make the same bytes. *uefi_reads says
 * whether this iPXE reads its script from the medium under UEFI too; one that does not asks DHCP.
 * Returns 0, or a negative errno with *why filled (-ENOENT: a part or a tool is not installed) and
 * what was at path as it was.
 */
int medium_write(const char *path, const struct buffer *script, bool *uefi_reads, struct why *why);

#endif
