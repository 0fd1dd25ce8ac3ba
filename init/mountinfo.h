/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is mounted, as /proc/self/mountinfo tells it (proc_pid_mountinfo(5)). Pure. */
#ifndef INIT_MOUNTINFO_H
#define INIT_MOUNTINFO_H

#include <stdbool.h>

/* Room for a device's number, "1048575:4095" at the most. */
enum { MOUNTINFO_DEVICE = 16 };

/* One mount; the strings stand in the text that it was taken from. */
struct mountinfo {
	const char *path;   /* where it is mounted, its blanks and the like decoded */
	const char *device; /* the number of the file system's device, "152:0"; of none "0:45" */
	const char *source; /* a device's path, or a word for what has no device */
};

/*
 * Cuts the last mount off a text of mountinfo: mounts come after what they are mounted on. A line
 * that is not one is passed over. Returns false when there is none left.
 */
bool mountinfo_take_last(char *text, struct mountinfo *mount);

/* Whether a path is `directory`, or below it. */
bool mountinfo_is_below(const char *path, const char *directory);

#endif
