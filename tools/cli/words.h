/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text of a configuration file: lines of words with blanks between them, "..." around what has
 * blanks (\" and \\ within it), '#' before a comment. The first word of a line, its directive, says
 * what the others mean. Pure.
 */
#ifndef TOOLS_CLI_WORDS_H
#define TOOLS_CLI_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/cli/buffer.h"
#include "tools/cli/why.h"

/* Where something stands in a file, both from 1; line 0: on the command line. */
struct place {
	unsigned long line, column; /* column: bytes */
};

/* A text that is being read; only directive, word and place are for those who read it. */
struct words {
	const char *at, *end;  /* what is not read yet */
	const char *line;      /* where the line begins */
	const char *directive; /* what the line begins with */
	struct place place;    /* of the word, or of where it is missing */
	char *word;            /* room for the whole text; "" is a word too */
	struct why *why;
};

/* Finds the next word. Returns true if one follows on this line. */
bool words_find(struct words *words);

/* Reads the word that words_find found. Returns 0, or -EINVAL with words->why. */
int words_read(struct words *words);

/* The next word, which must be there; what names it. Returns as words_read does. */
int words_need(struct words *words, const char *what);

/* Reads what follows a directive on its line. Returns 0 or a negative errno with words->why. */
struct words_directive {
	const char *name;
	int (*read)(struct words *words, void *context);
};

/*
 * Reads length bytes of text, a directive a line, each with its function. Returns 0, or -EINVAL
 * (also for a directive that is unknown, and for words that no function took) or what a function
 * returned; then why says what is wrong. place says where it ended.
 */
int words_directives(const char *text, size_t length, const struct words_directive *directives,
                     size_t count, void *context, struct place *place, struct why *why);

/*
 * Adds a word as it is read again, between quotes if it needs them; control characters are the
 * caller's to refuse. Returns 0 or -ENOMEM.
 */
int words_add(struct buffer *text, const char *word);

#endif
