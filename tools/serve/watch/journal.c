/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/watch/journal.h"

#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/stat.h>

bool journal_reads(const char *stream, int fd)
{
	unsigned long long device, inode;
	struct stat status;
	char *end;

	if (!stream || !isdigit((unsigned char)*stream))
		return false;
	device = strtoull(stream, &end, 10);
	if (*end != ':' || !isdigit((unsigned char)end[1]))
		return false;
	inode = strtoull(end + 1, &end, 10);
	return !*end && !fstat(fd, &status) && status.st_dev == device && status.st_ino == inode;
}
