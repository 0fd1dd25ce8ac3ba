/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration file. */
#ifndef TOOLS_SERVE_CONFIG_LOAD_H
#define TOOLS_SERVE_CONFIG_LOAD_H

#include "tools/serve/config/plan.h"

/*
 * Reads a configuration file into plan, which is empty. Does not wait for anything but the disk.
 * Returns 0, and the plan is to be released, or a negative errno: the plan is empty, and why says
 * what is wrong, from the path on, with line and column.
 */
int config_load(const char *path, struct plan *plan, struct why *why);

#endif
