/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_BOOT_BOOT_H
#define TOOLS_BOOT_BOOT_H

/* `etherroot boot`: argv[0] is the subcommand's name; returns an enum cli_exit. */
int boot_main(int argc, char **argv);

#endif
