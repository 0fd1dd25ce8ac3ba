/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/watch/say.h"

#include <stdarg.h>
#include <stdio.h>

void say_print(const struct say *say, enum say_priority priority, const char *format, ...)
{
	char text[SAY_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	say->print(say->owner, priority, text);
}
