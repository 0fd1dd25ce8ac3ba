/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A folder of kernels and initrds that belong together. A machine loads one file after the other:
 * so that it never gets a kernel of one and an initrd of the other, each pair stays in a folder of
 * its own, which nobody changes any more, and one small script for iPXE, replaced as a whole, names
 * the one to be booted and the one before it. Those that are older go.
 */
#ifndef TOOLS_PUBLISH_GENERATIONS_H
#define TOOLS_PUBLISH_GENERATIONS_H

#include <stdbool.h>

#include "tools/cli/why.h"
#include "tools/publish/names.h"

/* The script's name, and what it sets. */
#define GENERATIONS_SCRIPT "generation.ipxe"

/* Names in a generation's folder. */
#define GENERATIONS_KERNEL "vmlinuz"
#define GENERATIONS_INITRD "initrd.img"

/* Made by generations_open; its folder is nobody else's until generations_close. */
struct generations {
	const char *path;
	int fd;      /* of the folder, locked */
	char *fresh; /* the path of one that is not complete yet, or NULL */
	const char
	        *trial; /* the caller's: the URL where starts of what is new are counted, or NULL */
	struct names names;
};

/*
 * Opens a folder, or makes it, and reads its script. Returns 0 or a negative errno with *why:
 * -EBUSY somebody else publishes there, -EEXIST the script is somebody's own. generations_close is
 * due in any case.
 */
int generations_open(struct generations *generations, const char *path, struct why *why);

/* What the current one is of, as it was given to generations_commit, "" if there is none; the
 * caller frees. */
char *generations_identity(const struct generations *generations);

/* What the two are of, line by line as it was given to generations_commit. The caller frees. */
char *generations_identities(const struct generations *generations);

/* Whether a line is what a generation is of. */
bool generations_is(const struct generations *generations, const char *name, const char *identity);

/* Makes the folder ->fresh, to be filled with both files. */
int generations_begin(struct generations *generations, struct why *why);

/* Whether both files of the fresh one are those of the current one, byte by byte. */
bool generations_same(const struct generations *generations);

/* Says that the current one is of this identity too, and gives the fresh one up. */
int generations_adopt(struct generations *generations, const char *identity, struct why *why);

/*
 * The fresh one, of a kernel's version, becomes the current one, once it is on the disk, on trial
 * if ->trial is set and there is one to fall back to. The current one becomes the one before, or
 * goes if it is on trial itself: what is fallen back to has come up.
 */
int generations_commit(struct generations *generations, const char *version, const char *identity,
                       struct why *why);

/*
 * The one before becomes the current one again, on trial if ->trial is set; not if what it takes
 * the place of is on trial itself, and so nothing to fall back to. -ENOENT: there is none.
 */
int generations_swap(struct generations *generations, struct why *why);

/* The current one is on trial: the end of that, because it came up, or did not. */
int generations_pass(struct generations *generations, struct why *why);
int generations_fall_back(struct generations *generations, struct why *why);

/* The current one is on trial, but its starts are to be counted at ->trial. */
int generations_move_trial(struct generations *generations, struct why *why);

void generations_close(struct generations *generations);

#endif
