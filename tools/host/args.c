/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/host/args.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *format_text(const char *format, va_list arguments)
{
	char *made;

	if (vasprintf(&made, format, arguments) < 0)
		abort();
	return made;
}

void args_add(struct args *args, const char *format, ...)
{
	char **v = reallocarray(args->v, args->n + 2, sizeof(*v));
	va_list arguments;

	if (!v)
		abort();
	va_start(arguments, format);
	v[args->n++] = format_text(format, arguments);
	va_end(arguments);
	v[args->n] = NULL;
	args->v = v;
}

void args_free(struct args *args)
{
	for (size_t i = 0; i < args->n; i++)
		free(args->v[i]);
	free(args->v);
	*args = (struct args){0};
}

char *args_text(const char *format, ...)
{
	va_list arguments;
	char *made;

	va_start(arguments, format);
	made = format_text(format, arguments);
	va_end(arguments);
	return made;
}

char *args_quoted(const char *value)
{
	char *made = calloc(2 * strlen(value) + 1, 1);
	char *to = made;

	if (!made)
		abort();
	for (; *value; value++) {
		*to++ = *value;
		if (*value == ',')
			*to++ = ',';
	}
	return made;
}

/* Between single quotes all is the word's, but for one of their kind: that stands between two
 * words. */
char *args_shell_word(const char *value)
{
	static const char quote[] = "'\\''";
	char *made = calloc(strlen(quote) * strlen(value) + sizeof("''"), 1);
	char *to = made;

	if (!made)
		abort();
	*to++ = '\'';
	for (; *value; value++) {
		if (*value == '\'')
			to = stpcpy(to, quote);
		else
			*to++ = *value;
	}
	*to = '\'';
	return made;
}
