/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/server/installing.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "tools/host/child.h"
#include "tools/host/clock.h"

enum { PATIENCE = 5 }; /* seconds that a disk may take to be read */

static const char mark[] = "etherroot install: "; /* MARK in images/install.sh */

bool installing_parse(const char *sector, size_t size, char text[INSTALLING_TEXT])
{
	const size_t skip = sizeof(mark) - 1;
	size_t length = 0;

	if (size < skip || memcmp(sector, mark, skip) != 0)
		return false;
	for (size_t i = skip; i < size && i < INSTALLING_TEXT && sector[i] != '\n'; i++) {
		bool printable = sector[i] >= ' ' && sector[i] <= '~';

		text[i - skip] = printable ? sector[i] : '?';
		if (sector[i] != ' ')
			length = i - skip + 1;
	}
	text[length] = '\0';
	return true;
}

struct reading {
	const char *path;
	int to;
};

/* In the process that may have to wait. */
static int read_sector(void *context)
{
	const struct reading *reading = context;
	char sector[INSTALLING_TEXT];
	int fd = open(reading->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t n = fd < 0 ? -1 : read(fd, sector, sizeof(sector));

	return n > 0 && write(reading->to, sector, (size_t)n) == n ? 0 : 1;
}

/* Returns the bytes that were read; 0 if none were, or not in time. */
static size_t read_aside(const char *path, int ends[2], char sector[INSTALLING_TEXT])
{
	struct reading reading = {path, ends[1]};
	struct child child;
	int status;
	ssize_t n;

	if (child_call(&child, read_sector, &reading))
		return 0;
	status = child_wait(&child, clock_now() + PATIENCE * CLOCK_SECOND, -1);
	if (status < 0)
		child_leave(&child);
	if (status)
		return 0;
	n = read(ends[0], sector, INSTALLING_TEXT);
	return n > 0 ? (size_t)n : 0;
}

bool installing_read(const char *path, char text[INSTALLING_TEXT])
{
	char sector[INSTALLING_TEXT];
	int ends[2];
	size_t n;

	if (pipe2(ends, O_CLOEXEC))
		return false;
	n = read_aside(path, ends, sector);
	close(ends[0]);
	close(ends[1]);
	return installing_parse(sector, n, text);
}
