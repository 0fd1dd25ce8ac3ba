/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is to be changed on a site so that it is as its inventory says: found, shown, and done. */
#ifndef TOOLS_SERVER_EDITS_H
#define TOOLS_SERVER_EDITS_H

#include <stdbool.h>

#include "tools/server/outputs.h"
#include "tools/server/site.h"

/* One file that is to be another, or to go. */
struct edit {
	char *path; /* from the site's root on */
	char *full; /* the same with the root */
	char *before;
	size_t before_length;
	bool existed;
	bool link;   /* after is where a new symbolic link leads to */
	bool remove; /* after is empty */
	struct buffer after;
};

struct edits {
	struct edit *list;
	size_t count;
};

/*
 * Finds what is not as the inventory says: files that are missing or differ, and those that were
 * made for what is there no more. Returns 0, and edits_release frees them; or a negative errno
 * with why: -EEXIST for a file in the place of one of them that was not made from the inventory.
 */
int edits_find(const struct site *site, struct edits *edits, struct why *why);

/* The same and, before all others, the inventory's own text if the file has another. */
int edits_find_all(const struct site *site, struct edits *edits, struct why *why);

void edits_release(struct edits *edits);

/* Writes unified differences to standard output, by diff(1). Returns 0 or a negative errno. */
int edits_show(const struct edits *edits, struct why *why);

/*
 * Makes them, each file at once. Returns 0; or a negative errno with why, and those that were made
 * are undone.
 */
int edits_make(const struct edits *edits, struct why *why);

/* True if the file at path is among them. */
bool edits_has(const struct edits *edits, const char *path);

#endif
