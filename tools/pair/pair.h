/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `etherroot pair`: two servers, DRBD under them, Pacemaker or keepalived over them. */
#ifndef TOOLS_PAIR_PAIR_H
#define TOOLS_PAIR_PAIR_H

/* argv[0] is the subcommand's name. Returns an enum cli_exit. */
int pair_main(int argc, char **argv);

#endif
