/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel images and configurations. What is said of them lies within the file. The kernel's head is
 * large and mostly empty: the input gives its setup header and what stands where that points.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "initramfs/kconfig.h"
#include "tests/fuzz/fuzz.h"
#include "tools/disk/kernel.h"

enum { SETUP_SECTORS = 0x1F1, HEADER = 0x1F0, ROOM = 4096 };

static void check_image(const uint8_t *image, size_t size)
{
	size_t offset, length;
	char *version = NULL;
	int rc = kernel_payload(image, size, &offset, &length);

	ALWAYS(rc == 0 || rc == -ENOEXEC);
	ALWAYS(rc || (offset <= size && length <= size - offset && length));
	rc = kernel_version(image, size, &version);
	ALWAYS(rc == 0 || rc == -ENOEXEC || rc == -ENODATA);
	if (rc)
		return;
	ALWAYS(*version && !strchr(version, ' ') && strlen(version) < size);
	free(version);
}

/* The name of an option as text, then the file. */
static void check_config(struct input input)
{
	char *name = take_string(&input);
	struct buffer text = {0};

	text.data = take_bytes(&input, SIZE_MAX, &text.size);
	if (*name && kconfig_has(&text, name)) {
		ALWAYS(memmem(text.data, text.size, name, strlen(name)));
		ALWAYS(memmem(text.data, text.size, "=y", 2));
	}
	buffer_free(&text);
	free(name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	size_t before = take_below(&input, 2) ? HEADER : 0, length;
	uint8_t *bytes, *image;

	check_config(input);
	bytes = take_bytes(&input, ROOM, &length);
	image = need(before + length);
	memset(image, 0, before);
	memcpy(image + before, bytes, length);
	check_image(image, before + length);
	kernel_has_pvh_entry(image, before + length);
	free(image);
	free(bytes);
	return 0;
}
