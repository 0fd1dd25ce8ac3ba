/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/host/regular.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A FIFO in its place must not hang whoever reads. */
static int open_regular(const char *path, size_t most, size_t *size)
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
	else if ((unsigned long long)status.st_size > most)
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
	text[*length] = '\0';
	return 0;
}

const char *regular_explain(int error)
{
	if (error == -EINVAL)
		return "not a regular file";
	return error == -EFBIG ? "too large" : strerror(-error);
}

int regular_read(const char *path, size_t most, char **text, size_t *length)
{
	size_t size = 0;
	int fd = open_regular(path, most, &size), rc;

	*text = NULL;
	*length = 0;
	if (fd < 0)
		return fd;
	*text = malloc(size + 1);
	rc = *text ? read_whole(fd, *text, size, length) : -ENOMEM;
	close(fd);
	if (rc) {
		free(*text);
		*text = NULL;
	}
	return rc;
}
