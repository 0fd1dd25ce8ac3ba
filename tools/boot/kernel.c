/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/boot/kernel.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "tools/boot/args.h"

/* Offsets of the setup header, boot.rst "The Real-Mode Kernel Header". */
enum { MAGIC = 0x202, VERSION_POINTER = 0x20E, SETUP = 0x200 };

int kernel_version(const void *head, size_t n, char **version)
{
	const uint8_t *h = head;
	const char *text;
	size_t at, length;

	if (n < VERSION_POINTER + 2 || memcmp(h + MAGIC, "HdrS", 4))
		return -ENOEXEC;
	/* The pointer is less 0x200; the text goes on with who built it and when. */
	at = (size_t)(h[VERSION_POINTER] | h[VERSION_POINTER + 1] << 8);
	if (!at || at >= n - SETUP)
		return -ENODATA;
	text = (const char *)h + SETUP + at;
	length = strnlen(text, n - SETUP - at);
	for (size_t i = 0; i < length; i++)
		if (text[i] == ' ')
			length = i;
	if (!length || length == n - SETUP - at)
		return -ENODATA;
	*version = args_text("%.*s", (int)length, text);
	return 0;
}
