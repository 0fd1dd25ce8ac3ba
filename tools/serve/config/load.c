/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/config/load.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/serve/config/directives.h"

enum { FILE_MAX = 4 << 20 }; /* bytes: a thousand exports, each with all the MACs it may have */

/* A FIFO in its place must not hang the target. */
static int open_regular(const char *path, size_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat status;
	int rc = 0;

	if (fd < 0 || fstat(fd, &status))
		rc = -errno;
	else if (S_ISDIR(status.st_mode))
		rc = -EISDIR;
	else if (!S_ISREG(status.st_mode))
		rc = -EINVAL;
	else if (status.st_size > FILE_MAX)
		rc = -EFBIG;
	if (!rc) {
		*size = (size_t)status.st_size;
		return fd;
	}
	if (fd >= 0)
		close(fd);
	return rc;
}

/* Up to room bytes; more than there were when it was opened is not wanted. */
static int read_whole(int fd, char *text, size_t room, size_t *length)
{
	*length = 0;
	while (*length < room) {
		ssize_t n = read(fd, text + *length, room - *length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			break;
		*length += (size_t)n;
	}
	return 0;
}

static const char *explain(int error)
{
	if (error == -EINVAL)
		return "not a regular file";
	return error == -EFBIG ? "larger than 4 MiB" : strerror(-error);
}

static int parse(const char *path, const char *text, size_t length, struct plan *plan,
                 struct why *why)
{
	struct place place;
	struct why what;
	int rc = directives_parse(text, length, plan, &place, &what);

	return rc ? why_set(why, rc, "%s:%lu:%lu: %s", path, place.line, place.column, what.text)
	          : 0;
}

int config_load(const char *path, struct plan *plan, struct why *why)
{
	size_t size = 0, length = 0;
	char *text;
	int fd = open_regular(path, &size), rc;

	if (fd < 0)
		return why_set(why, fd, "%s: %s", path, explain(fd));
	text = malloc(size + 1);
	rc = text ? read_whole(fd, text, size, &length) : -ENOMEM;
	close(fd);
	if (rc)
		why_set(why, rc, "%s: %s", path, strerror(-rc));
	else
		rc = parse(path, text, length, plan, why);
	free(text);
	return rc;
}
