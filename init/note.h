/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that the initramfs leaves in /run for the OS. */
#ifndef INIT_NOTE_H
#define INIT_NOTE_H

#include <sys/types.h>

/* A file of ours in /run, while it is written. */
struct note {
	const char *path;
	int fd;
	int rc; /* what went wrong first */
};

/* Makes it, with the directories above it, of which /run is the first. */
struct note note_begin(const char *path, mode_t mode);

void note_write(struct note *note, const char *string);

/* Closes it; `consequence` is what the user is told it means if it could not be written. */
void note_end(const struct note *note, const char *consequence);

#endif
