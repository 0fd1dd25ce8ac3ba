/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The console's last lines, for the report of a failure. */
#ifndef TOOLS_BOOT_VERDICT_TAIL_H
#define TOOLS_BOOT_VERDICT_TAIL_H

#include <stddef.h>
#include <stdio.h>

enum { TAIL_LINES = 30 };

/* A ring of whole lines; starts as {0}. */
struct tail {
	char *lines[TAIL_LINES]; /* NULL: not used yet */
	size_t oldest;
};

/* Keeps a copy of line, and forgets the oldest when there are too many. */
void tail_add(struct tail *tail, const char *line);

/* The newest line, or NULL. */
const char *tail_newest(const struct tail *tail);

/* Each line after "  | ", oldest first; `growing` is the one that has not ended yet, or "". */
void tail_print(FILE *to, const struct tail *tail, const char *growing);

void tail_free(struct tail *tail);

#endif
