/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/boot/machine/console.h"

#include <string.h>

enum { ESC = 0x1b, BEL = 0x07, DEL = 0x7f };

void console_init(struct console *console, console_line_fn *on_line, void *context)
{
	memset(console, 0, sizeof(*console));
	console->on_line = on_line;
	console->context = context;
}

static void start_line(struct console *c)
{
	c->length = c->cursor = 0;
	c->line[0] = '\0';
}

static void end_line(struct console *c)
{
	c->on_line(c->context, c->line);
	start_line(c);
}

static void put(struct console *c, char byte)
{
	if (c->cursor == CONSOLE_LINE)
		end_line(c);
	c->line[c->cursor++] = byte;
	if (c->cursor > c->length)
		c->length = c->cursor;
	c->line[c->length] = '\0';
}

static void erase_to_end(struct console *c)
{
	c->length = c->cursor;
	c->line[c->length] = '\0';
}

static void take_text(struct console *c, char byte)
{
	unsigned char u = (unsigned char)byte;

	if (byte == '\n')
		end_line(c);
	else if (byte == '\r')
		c->cursor = 0;
	else if (byte == '\b')
		c->cursor -= c->cursor > 0;
	else if (byte == ESC)
		c->state = CONSOLE_ESCAPE;
	else if (byte == '\t' || (u >= ' ' && u != DEL))
		put(c, byte);
}

/* The byte after ESC (ECMA-48 section 5.3; "c" is the reset that firmware starts with). */
static void take_escape(struct console *c, char byte)
{
	c->state = CONSOLE_TEXT;
	if (byte == '[')
		c->state = CONSOLE_CSI;
	else if (byte == ']' || byte == 'P' || byte == '^' || byte == '_')
		c->state = CONSOLE_STRING;
	else if (byte == '(' || byte == ')' || byte == '#' || byte == '%')
		c->state = CONSOLE_CHARSET;
	else if (byte == 'c')
		start_line(c);
}

/* Control sequences end with a byte of 0x40..0x7e; of all, only erasing changes the line. */
static void take_csi(struct console *c, char byte)
{
	if (byte == ESC) {
		c->state = CONSOLE_ESCAPE;
	} else if (byte < ' ') {
		c->state = CONSOLE_TEXT;
		take_text(c, byte);
	} else if (byte >= 0x40 && byte < DEL) {
		c->state = CONSOLE_TEXT;
		if (byte == 'K')
			erase_to_end(c);
		else if (byte == 'J')
			start_line(c);
	}
}

void console_feed(struct console *c, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char byte = bytes[i];

		switch (c->state) {
		case CONSOLE_TEXT:
			take_text(c, byte);
			break;
		case CONSOLE_ESCAPE:
			take_escape(c, byte);
			break;
		case CONSOLE_CSI:
			take_csi(c, byte);
			break;
		case CONSOLE_STRING: /* a title or the like, up to BEL, ESC \ or a line's end */
			if (byte == BEL || byte == '\n')
				c->state = CONSOLE_TEXT;
			else if (byte == ESC)
				c->state = CONSOLE_CHARSET;
			break;
		case CONSOLE_CHARSET: /* one more byte belongs to the sequence */
			c->state = CONSOLE_TEXT;
			break;
		}
	}
}

void console_end(struct console *console)
{
	if (console->length)
		end_line(console);
}

static const char digits[] = "0123456789";

/* Whether a stamp of the kernel's begins there: "[", seconds to the right of five places, ".", six
 * digits, "] ". */
static bool is_stamp(const char *at)
{
	size_t n;

	at += strspn(at + 1, " ") + 1;
	n = strspn(at, digits);
	if (!n || at[n] != '.')
		return false;
	at += n + 1;
	return strspn(at, digits) == 6 && at[6] == ']' && at[7] == ' ';
}

size_t console_before_kernel(const char *line)
{
	for (const char *at = strchr(line, '['); at; at = strchr(at + 1, '['))
		if (is_stamp(at))
			return (size_t)(at - line);
	return 0;
}
