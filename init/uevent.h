/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's announcements of devices (lib/kobject_uevent.c). */
#ifndef INIT_UEVENT_H
#define INIT_UEVENT_H

#include <stdbool.h>
#include <stddef.h>

/* The kernel builds an event in 2 KiB (UEVENT_BUFFER_SIZE) behind "ACTION@PATH". */
enum { UEVENT_SIZE = 8192 };

/* What this init wants to know of an event. The strings point into the message; "" if missing. */
struct uevent {
	const char *action;    /* "add", "change", "remove", ... */
	const char *subsystem; /* "block", "net", "pci", ... */
	const char *modalias;
	const char *devname; /* below /dev: "etherd/e0.0" */
};

/*
 * Parses a message of `length` bytes; message[length] must be writable and becomes '\0'.
 * Returns 0, or -EINVAL for what is no event of the kernel's.
 */
int uevent_parse(char *message, size_t length, struct uevent *event);

/* Opens the socket on which the kernel announces devices. Returns it, or a negative errno. */
int uevent_open(void);

/*
 * Takes one event without waiting, into buffer (UEVENT_SIZE bytes). Returns 1 with *event filled,
 * 0 when there is none, or -ENOBUFS when events were lost and everything must be looked at again.
 */
int uevent_receive(int fd, char *buffer, struct uevent *event);

#endif
