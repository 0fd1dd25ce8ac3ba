/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/why.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

int why_set(struct why *why, int error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(why->text, sizeof(why->text), format, arguments);
	va_end(arguments);
	return error;
}

int why_memory(struct why *why)
{
	return why_set(why, -ENOMEM, "out of memory");
}
