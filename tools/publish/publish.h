/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_PUBLISH_PUBLISH_H
#define TOOLS_PUBLISH_PUBLISH_H

/* `etherroot publish`: argv[0] is the subcommand's name; returns an enum cli_exit. */
int publish_main(int argc, char **argv);

#endif
