/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_DISCOVER_DISCOVER_H
#define TOOLS_DISCOVER_DISCOVER_H

/* `etherroot discover`: argv[0] is the subcommand's name; returns an enum cli_exit. */
int discover_main(int argc, char **argv);

#endif
