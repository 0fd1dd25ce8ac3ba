/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef INITRAMFS_INITRD_H
#define INITRAMFS_INITRD_H

/* `etherroot initrd`: argv[0] is the subcommand's name; returns an enum cli_exit. */
int initrd_main(int argc, char **argv);

#endif
