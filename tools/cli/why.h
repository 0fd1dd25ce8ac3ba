/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reason of a failure, filled where it is known and printed once by the command. */
#ifndef TOOLS_CLI_WHY_H
#define TOOLS_CLI_WHY_H

struct why {
	char text[1024]; /* "what: why: remedy", without a newline */
};

/* Fills WHY and returns ERROR (a negative errno), so that a function can return it in one line. */
int why_set(struct why *why, int error, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/* The same for memory that ran out: -ENOMEM. */
int why_memory(struct why *why);

#endif
