/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file that the console's text goes to: where the user says, else one that only failures keep.
 */
#ifndef TOOLS_BOOT_VERDICT_CONSOLELOG_H
#define TOOLS_BOOT_VERDICT_CONSOLELOG_H

#include <stdbool.h>
#include <stdio.h>

struct console_log {
	FILE *file;
	char *path;
	bool keep;
};

/*
 * Opens path, or if that is NULL a file beside directory (the run's, which goes). Returns 0 or a
 * negative errno about log->path; console_log_close is due either way.
 */
int console_log_open(struct console_log *log, const char *path, const char *directory);

/* Keeps a log that nobody asked for. */
void console_log_keep(struct console_log *log);

void console_log_close(struct console_log *log);

#endif
