/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's announcement of a device: every string of it ends within the message. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "init/uevent.h"
#include "tests/fuzz/fuzz.h"

static void check(const char *message, size_t length, const char *string)
{
	bool inside = string >= message && string <= message + length;

	ALWAYS(!*string || inside);
	ALWAYS(!inside || strlen(string) <= (size_t)(message + length - string));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t length = size < UEVENT_SIZE - 1 ? size : UEVENT_SIZE - 1;
	char *message = need(length + 1);
	struct uevent event;
	int rc;

	memcpy(message, data, length);
	message[length] = 'x'; /* not a string's end by chance */
	rc = uevent_parse(message, length, &event);
	ALWAYS(rc == 0 || rc == -EINVAL);
	ALWAYS(rc || *event.action);
	check(message, length, event.action);
	check(message, length, event.subsystem);
	check(message, length, event.modalias);
	check(message, length, event.devname);
	free(message);
	return 0;
}
