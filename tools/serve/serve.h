/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_SERVE_SERVE_H
#define TOOLS_SERVE_SERVE_H

struct command_line;

/* `etherroot serve`: argv[0] is the subcommand's name; returns an enum cli_exit. */
int serve_main(int argc, char **argv);

/* `etherroot status`, `ctl` and `trace`: the same, for a target that runs. */
int status_main(int argc, char **argv);
int ctl_main(int argc, char **argv);
int trace_main(int argc, char **argv);

/* `etherroot-vblade SHELF SLOT IF PATH`: vblade's command line; returns an enum cli_exit. */
int serve_vblade_main(int argc, char **argv);

/* Serves what the command line says until it is told to stop; returns an enum cli_exit. */
int serve_run(const struct command_line *line);

#endif
