/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a serial console sends, turned into lines of text as a terminal would show them: escape
 * sequences dropped, carriage returns and backspaces obeyed. Pure: bytes in, lines out.
 */
#ifndef TOOLS_BOOT_MACHINE_CONSOLE_H
#define TOOLS_BOOT_MACHINE_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>

/* A longer line is ended there, so that a guest without newlines cannot eat memory. */
#define CONSOLE_LINE 4096

/* Called for each whole line; text is NUL-terminated and valid during the call. */
typedef void console_line_fn(void *context, const char *text);

struct console {
	char line[CONSOLE_LINE + 1]; /* the line so far, always NUL-terminated */
	size_t length, cursor;
	enum { CONSOLE_TEXT, CONSOLE_ESCAPE, CONSOLE_CSI, CONSOLE_STRING, CONSOLE_CHARSET } state;
	console_line_fn *on_line;
	void *context;
};

void console_init(struct console *console, console_line_fn *on_line, void *context);

/* Takes what was received; on_line is called for every line that ended. */
void console_feed(struct console *console, const char *bytes, size_t n);

/* Hands over an unfinished last line, if there is one. */
void console_end(struct console *console);

/*
 * The length of what stands in a line before a message of the kernel's, with its stamp
 * ("[   12.345678] ", printk_time), which broke into it; 0: none did.
 */
size_t console_before_kernel(const char *line);

#endif
