/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/publish/names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cli/cli.h"
#include "tools/host/args.h"

static const char mark[] = "# Made by 'etherroot publish'";
static const char characters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "0123456789.-_";

/* "6.1.0-56-amd64-3" */
unsigned long names_number(const char *name)
{
	const char *dash = strrchr(name, '-');
	unsigned long number;

	if (!dash || *name == '.' || name[strspn(name, characters)] ||
	    cli_number(dash + 1, 1, 1000000000, &number) < 0)
		return 0;
	return number;
}

/* In a URL '+' and '~' may be read as something else. */
char *names_make(const char *version, unsigned long number)
{
	char *name = args_text("%s-%lu", version, number);

	for (char *c = name; *c; c++)
		if (!strchr(characters, *c))
			*c = '_';
	return name;
}

/* The rest of the line that begins with these words, or NULL. The caller frees. */
static char *line_of(const char *script, const char *words)
{
	char *wanted = args_text("\n%s ", words);
	const char *at = strstr(script, wanted);
	char *rest = NULL;

	if (at) {
		at += strlen(wanted);
		rest = args_text("%.*s", (int)strcspn(at, "\n"), at);
	}
	free(wanted);
	return rest;
}

static char *name_of(const char *script, const char *words)
{
	char *name = line_of(script, words);

	if (name && !names_number(name)) {
		free(name);
		return NULL;
	}
	return name;
}

int names_parse(const char *script, struct names *names)
{
	if (!strstr(script, mark))
		return -EEXIST;
	names->current = name_of(script, "set generation");
	names->previous = name_of(script, "set previous");
	return 0;
}

/* iPXE has no word for a setting that is not to be there any more but this one, which may fail. */
int names_write(const struct names *names, struct buffer *text)
{
	int rc = buffer_printf(text,
	                       "#!ipxe\n%s: names the folder with the kernel and the initrd.\n"
	                       "clear previous ||\n",
	                       mark);

	if (!rc && names->previous)
		rc = buffer_printf(text, "set previous %s\n", names->previous);
	return rc ? rc : buffer_printf(text, "set generation %s\n", names->current);
}

void names_free(struct names *names)
{
	free(names->current);
	free(names->previous);
	*names = (struct names){0};
}
