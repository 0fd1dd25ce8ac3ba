/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/watch/notify.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tools/cli/cli.h"

enum { MESSAGE_MAX = 2048 }; /* bytes; the manager takes more */

int notify_open(struct notify *notify, const char *address)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	size_t length = address ? strlen(address) : 0;
	int rc;

	notify->socket = -1;
	if (!address)
		return 0;
	if ((*address != '/' && *address != '@') || length < 2 || length >= sizeof(un.sun_path))
		return -EINVAL;
	memcpy(un.sun_path, address, length);
	if (*address == '@')
		un.sun_path[0] = '\0';
	notify->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (notify->socket < 0)
		return -errno;
	if (!connect(notify->socket, (struct sockaddr *)&un,
	             (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)))
		return 0;
	rc = -errno;
	notify_close(notify);
	return rc;
}

void notify_close(struct notify *notify)
{
	if (notify->socket >= 0)
		close(notify->socket);
	notify->socket = -1;
}

void notify_send(const struct notify *notify, const char *format, ...)
{
	char message[MESSAGE_MAX];
	va_list arguments;

	if (notify->socket < 0)
		return;
	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	(void)!send(notify->socket, message, strlen(message), MSG_NOSIGNAL);
}

uint64_t notify_interval(const char *usec, const char *pid, pid_t own)
{
	unsigned long number;

	if (pid && (cli_number(pid, 1, INT_MAX, &number) || (pid_t)number != own))
		return 0;
	if (!usec || cli_number(usec, 1, LONG_MAX, &number))
		return 0;
	return number / 2000 ? number / 2000 : 1;
}
