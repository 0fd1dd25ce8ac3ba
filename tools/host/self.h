/* SPDX-License-Identifier: GPL-2.0-or-later */
/* This very command, run again as another subcommand. */
#ifndef TOOLS_HOST_SELF_H
#define TOOLS_HOST_SELF_H

#include <limits.h>

#include "tools/host/args.h"

/* Where the running executable is. Returns 0 or a negative errno. */
int self_path(char path[PATH_MAX]);

/* Begins an argument vector: the running executable, then the subcommand. */
void self_args(struct args *args, const char *subcommand);

/*
 * Finds a script of that name in lib/etherroot, in the build tree (beside this command) and as
 * installed (beside bin). Returns 0 with *path (the caller frees) or a negative errno.
 */
int self_script(const char *name, char **path);

#endif
