/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/publish/names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cli/cli.h"
#include "tools/host/args.h"

static const char mark[] = "# Made by 'etherroot publish'";
static const char fallen[] = "# It did not come up, and was fallen back from:";
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

bool names_is_url(const char *text)
{
	size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                             "0123456789:/?.-_=%[]");

	return *text && !text[length] && strstr(text, "://");
}

/* "URL/CURRENT" without the name; on trial is what the script boots, or nothing. */
static char *trial_of(const char *script, const char *current)
{
	char *trial = line_of(script, "set trial");
	char *slash = trial ? strrchr(trial, '/') : NULL;

	if (!slash || !current || strcmp(slash + 1, current) != 0) {
		free(trial);
		return NULL;
	}
	*slash = '\0';
	return trial;
}

int names_parse(const char *script, struct names *names)
{
	if (!strstr(script, mark))
		return -EEXIST;
	names->current = name_of(script, "set generation");
	names->previous = name_of(script, "set previous");
	names->trial = trial_of(script, names->current);
	names->fallen = name_of(script, fallen);
	return 0;
}

/*
 * A kernel on trial has to end somehow, so that the machine starts again: at a crash, or when it
 * does not find its disk. The address is asked before it is started.
 */
static const char on_trial[] = "set trial-args panic=10 rd.timeout=300 rd.onfail=reboot\n"
                               "set trial %s/%s\n";

/* iPXE has no word for a setting that is not to be there any more but this one, which may fail. */
static const char head[] = "#!ipxe\n%s: names the folder with the kernel and the initrd.\n"
                           "clear previous ||\n"
                           "clear trial ||\n"
                           "clear trial-args ||\n";

int names_write(const struct names *names, struct buffer *text)
{
	int rc = buffer_printf(text, head, mark);

	if (!rc && names->fallen)
		rc = buffer_printf(text, "%s %s\n", fallen, names->fallen);
	if (!rc && names->trial)
		rc = buffer_printf(text, on_trial, names->trial, names->current);
	if (!rc && names->previous)
		rc = buffer_printf(text, "set previous %s\n", names->previous);
	return rc ? rc : buffer_printf(text, "set generation %s\n", names->current);
}

void names_free(struct names *names)
{
	free(names->current);
	free(names->previous);
	free(names->trial);
	free(names->fallen);
	*names = (struct names){0};
}
