/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The user's terminal as the guest's console: raw, with an escape key (Ctrl-A) to get out. */
#ifndef TOOLS_BOOT_MACHINE_TERMINAL_H
#define TOOLS_BOOT_MACHINE_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

enum terminal_key {
	TERMINAL_NONE,  /* all bytes are for the guest */
	TERMINAL_QUIT,  /* Ctrl-A x: switch the machine off */
	TERMINAL_POWER, /* Ctrl-A p: press its power button */
	TERMINAL_HELP,  /* Ctrl-A h */
};

struct terminal {
	int in, out;
	bool escape; /* Ctrl-A was typed, its letter not yet */
	struct termios before;
};

extern const char terminal_help[];

/* Switches a terminal to raw mode. Returns 0 or a negative errno (-ENOTTY: no terminal). */
int terminal_open(struct terminal *terminal, int in, int out);

/* Gives the terminal back as it was. */
void terminal_close(struct terminal *terminal);

/*
 * Takes what was typed up to the next sequence of the escape key, which is returned: bytes for the
 * guest are moved to the front and counted in *kept, all that were looked at in *taken. Call again
 * for the rest.
 */
enum terminal_key terminal_filter(bool *escape, char *bytes, size_t n, size_t *taken, size_t *kept);

#endif
