/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/boot/grub.h"

#include <stdlib.h>
#include <string.h>

#include "tools/boot/verdict/verdict.h"
#include "tools/host/args.h"

static const char blanks[] = " \t\n\v\f\r";

static int add_word(struct buffer *text, const char *word, size_t length)
{
	char *copy = args_text("%.*s", (int)length, word), *quoted = args_shell_word(copy);
	int rc = buffer_printf(text, " %s", quoted);

	free(quoted);
	free(copy);
	return rc;
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
	                                "boot\n"
	                                "echo '" STAGES_GRUB_FAILED "'\n");
}
