/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The console, for whom it is given to: the user's shell, and programs that may ask the user. */
#ifndef INIT_CONSOLE_H
#define INIT_CONSOLE_H

#include <stdbool.h>

/* Becomes a program, in a session of its own on the console; returns only if that fails. */
void console_become(const char *path, char *const argv[]);

/* Whether the image has a shell (initrd --shell). */
bool console_has_shell(void);

/* Runs a shell with job control until the user leaves it; `then` is what that leads to. */
void console_run_shell(const char *then);

#endif
