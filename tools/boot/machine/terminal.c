/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/boot/machine/terminal.h"

#include <errno.h>
#include <unistd.h>

enum { CTRL_A = 0x01 };

const char terminal_help[] = "\r\nCtrl-A x  switch the machine off and leave\r\n"
                             "Ctrl-A p  press its power button\r\n"
                             "Ctrl-A Ctrl-A  send Ctrl-A\r\n";

int terminal_open(struct terminal *terminal, int in, int out)
{
	struct termios raw;

	*terminal = (struct terminal){.in = in, .out = out};
	if (tcgetattr(in, &terminal->before) < 0)
		return -errno;
	raw = terminal->before;
	cfmakeraw(&raw);
	return tcsetattr(in, TCSADRAIN, &raw) < 0 ? -errno : 0;
}

void terminal_close(struct terminal *terminal)
{
	tcsetattr(terminal->in, TCSADRAIN, &terminal->before);
}

enum terminal_key terminal_filter(bool *escape, char *bytes, size_t n, size_t *taken, size_t *kept)
{
	enum terminal_key key = TERMINAL_NONE;
	size_t i;

	*kept = 0;
	for (i = 0; i < n && key == TERMINAL_NONE; i++) {
		char byte = bytes[i];

		if (!*escape && byte == CTRL_A) {
			*escape = true;
			continue;
		}
		if (!*escape || byte == CTRL_A)
			bytes[(*kept)++] = byte;
		else if (byte == 'x')
			key = TERMINAL_QUIT;
		else if (byte == 'p')
			key = TERMINAL_POWER;
		else
			key = TERMINAL_HELP;
		*escape = false;
	}
	*taken = i;
	return key;
}
