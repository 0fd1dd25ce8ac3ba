/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The console, for whom it is given to: the user's shell. */
#ifndef INIT_CONSOLE_H
#define INIT_CONSOLE_H

#include <stdbool.h>

/* Whether the image has a shell (initrd --shell). */
bool console_has_shell(void);

/* Runs a shell with job control until the user leaves it; `then` is what that leads to. */
void console_run_shell(const char *then);

#endif
