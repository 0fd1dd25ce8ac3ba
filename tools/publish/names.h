/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The small script for iPXE that names the generation to be booted, and the one before. Pure. */
#ifndef TOOLS_PUBLISH_NAMES_H
#define TOOLS_PUBLISH_NAMES_H

#include <stdbool.h>

#include "tools/cli/buffer.h"

/* The bytes of a script at the most. */
enum { NAMES_MAX = 4096 };

/* Starts as {0}; each is a generation's name, but for trial, or NULL. */
struct names {
	char *current, *previous;
	char *trial;  /* the URL at which starts of the current one are counted; NULL: it is not on
	               * trial */
	char *fallen; /* the previous one, if it did not come up */
};

/* Returns the number that counts generations, or 0 for what is no generation's name. */
unsigned long names_number(const char *name);

/* The name of a kernel's version with that number, which may stand in a URL; the caller frees. */
char *names_make(const char *version, unsigned long number);

/* Whether it may stand in the script as a URL. */
bool names_is_url(const char *text);

/*
 * Reads a script that ends with a zero byte. Returns 0, or -EEXIST if it is not one that was made
 * here; what it says that is no generation's name is not there.
 */
int names_parse(const char *script, struct names *names);

/* Appends the script; there is a current one. Returns 0 or -ENOMEM. */
int names_write(const struct names *names, struct buffer *text);

void names_free(struct names *names);

#endif
