/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/boot/grub.h"

#include <string.h>

static const char blanks[] = " \t\n\v\f\r";

/* GRUB's own quotes: all in them is the word's, but for one of their kind. */
static int add_word(struct buffer *text, const char *word, size_t length)
{
	int rc = buffer_append(text, " '", 2);

	for (size_t i = 0; !rc && i < length; i++)
		rc = word[i] == '\'' ? buffer_append(text, "'\\''", 4)
		                     : buffer_append(text, &word[i], 1);
	return rc ? rc : buffer_append(text, "'", 1);
}

int grub_config(const char *command_line, struct buffer *text)
{
	const char *word = command_line + strspn(command_line, blanks);
	int rc = buffer_printf(text, "serial --unit=0 --speed=115200\n"
	                             "terminal_output serial\n"
	                             "linux /vmlinuz");

	while (!rc && *word) {
		size_t length = strcspn(word, blanks);

		rc = add_word(text, word, length);
		word += length;
		word += strspn(word, blanks);
	}
	return rc ? rc
	          : buffer_printf(text, "\n"
	                                "initrd /initrd\n"
	                                "boot\n");
}
