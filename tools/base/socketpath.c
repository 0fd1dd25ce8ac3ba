/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/base/socketpath.h"

int socketpath_address(const char *path, struct sockaddr_un *address)
{
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof(address->sun_path))
		return -ENAMETOOLONG;
	strcpy(address->sun_path, path);
	return 0;
}

/*
 * What connect(2) says where somebody listens. EAGAIN: as many as it allows are waiting.
 * EPROTOTYPE: it is a socket of another type. EPERM: one that talks to its peer only.
 */
static bool is_in_use(int rc)
{
	return !rc || rc == -EAGAIN || rc == -EPROTOTYPE || rc == -EPERM;
}

int socketpath_make_way(const struct sockaddr_un *address, int type)
{
	struct stat status;
	int fd, rc;

	if (lstat(address->sun_path, &status))
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(status.st_mode))
		return -EEXIST;
	fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	rc = connect(fd, (const struct sockaddr *)address, sizeof(*address)) ? -errno : 0;
	close(fd);
	if (is_in_use(rc))
		return -EADDRINUSE;
	if (rc != -ECONNREFUSED)
		return rc == -ENOENT ? 0 : rc;
	return unlink(address->sun_path) && errno != ENOENT ? -errno : 0;
}
