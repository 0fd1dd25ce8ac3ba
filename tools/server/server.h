/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_SERVER_SERVER_H
#define TOOLS_SERVER_SERVER_H

/* `etherroot server init|apply|status|kea`: argv[0] is the subcommand's name; an enum cli_exit. */
int server_main(int argc, char **argv);

/* `etherroot machine add|list|show|rename|remove`: the same. */
int machine_main(int argc, char **argv);

#endif
