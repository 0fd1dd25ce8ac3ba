/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is waited for on the console: a sequence of extended regular expressions (regex(7)), each
 * with a text to type when it is seen; the last one may type nothing and is the expectation.
 */
#ifndef TOOLS_BOOT_VERDICT_EXPECT_H
#define TOOLS_BOOT_VERDICT_EXPECT_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

struct expect_step {
	char *pattern; /* as the user wrote it */
	regex_t regex;
	char *type; /* typed, with Enter, when the pattern is seen; NULL: nothing */
};

struct expect {
	struct expect_step *steps;
	size_t count;
	size_t at;   /* the step that is waited for; == count: all were seen */
	size_t from; /* where in the current line the search goes on */
};

/*
 * Adds a step. Returns 0, or -EINVAL with the regular expression's fault in message (size bytes).
 */
int expect_add(struct expect *expect, const char *pattern, size_t length, const char *type,
               char *message, size_t size);

/* Splits "REGEX=>TEXT" at its first "=>" and adds it; -ENOMSG: there is no "=>" or no REGEX. */
int expect_add_typing(struct expect *expect, const char *rule, char *message, size_t size);

enum expect_line {
	EXPECT_GROWING, /* more of the line may come: "$" does not match at its end */
	EXPECT_SETTLED, /* the guest has paused: a prompt; "$" matches */
	EXPECT_WHOLE,   /* the line has ended; the next call is about the next line */
};

/*
 * Looks for the current step in a line. Returns the step when it was seen (call again: the next one
 * may be in the same line, after it), NULL when nothing (more) was seen.
 */
const struct expect_step *expect_look(struct expect *expect, const char *line,
                                      enum expect_line kind);

/* Everything was seen. Never true of an empty sequence. */
bool expect_done(const struct expect *expect);

void expect_free(struct expect *expect);

#endif
