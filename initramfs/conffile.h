/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What --config names: options of `etherroot initrd` in a file, one a line, in the words of a
 * configuration file (words.h): "drivers virtual", "fsck". Only those that say what is in an image.
 */
#ifndef INITRAMFS_CONFFILE_H
#define INITRAMFS_CONFFILE_H

#include <stddef.h>

#include "tools/cli/why.h"
#include "tools/cli/words.h"

struct setting {
	const char *name; /* of an option, without the dashes; static */
	char *value;      /* its argument; NULL: it takes none */
	struct place place;
};

struct conffile {
	struct setting *list;
	size_t count;
};

/*
 * Adds the settings of length bytes of text, in their order. Pure. Returns 0, or a negative errno
 * with why, and place where it ended. Whatever it returns, settings is to be released.
 */
int conffile_parse(const char *text, size_t length, struct conffile *settings, struct place *place,
                   struct why *why);

/* The same for the file at path; why names the file and the place in it. */
int conffile_read(struct conffile *settings, const char *path, struct why *why);

void conffile_release(struct conffile *settings);

#endif
