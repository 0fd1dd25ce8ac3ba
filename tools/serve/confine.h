/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_SERVE_CONFINE_H
#define TOOLS_SERVE_CONFINE_H

#include <stdbool.h>

/*
 * From now on all threads of this process, those that are there and those to come, may make only the
 * system calls that serving and reloading need, for good: see seccomp(2). Programs that are run get
 * no new privileges. A try to run a program, or to make a call of another architecture, kills the
 * process; any other call fails with EPERM. Both are told in the kernel's log. What is open stays.
 *
 * traced: it may also have a child that stops and looks into it.
 * Returns 0, or a negative errno: then more than that stays allowed.
 */
int confine(bool traced);

#endif
