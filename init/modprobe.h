/* SPDX-License-Identifier: GPL-2.0-or-later */
/* This program under the name /sbin/modprobe: the kernel's own requests for modules. */
#ifndef INIT_MODPROBE_H
#define INIT_MODPROBE_H

/*
 * Loads what is named by argv, a module or an alias each; options are passed over, the kernel's
 * being -q. Returns an exit status: 0, or 1 if one of them could not be loaded.
 */
int modprobe_main(char **argv);

#endif
