/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the initramfs leaves in /run, so that the OS does not pull the root from under itself. */
#ifndef INIT_PROTECT_H
#define INIT_PROTECT_H

#include "init/cmdline.h"
#include "init/nic.h"

/*
 * Leaves udev rules: the NICs that carry the root keep their names, and the AoE disks get their
 * /dev/disk/by-* links, which udev's own rules do not make. Has ifupdown leave the NICs up when the
 * OS ends, and NetworkManager configure them although they are up when it starts; the slaves of a
 * bond are left to it. Leaves this program to end the machine (shutdown.h).
 */
void protect_root(const struct nics *nics, const struct cmdline *cmdline);

/*
 * Where the root is an overlay: has systemd mount it anew as it can be, with options that fstab(5)
 * has for the file system below. Where it is checked: has systemd not set that up once more.
 */
void protect_layers(const struct cmdline *cmdline);

#endif
