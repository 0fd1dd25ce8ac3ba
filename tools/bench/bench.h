/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_BENCH_BENCH_H
#define TOOLS_BENCH_BENCH_H

/* `etherroot bench`: argv[0] is the subcommand's name; returns an enum cli_exit. */
int bench_main(int argc, char **argv);

#endif
