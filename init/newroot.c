/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/newroot.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init/mount.h"

int newroot_open(const char *path, int flags, mode_t mode)
{
	struct open_how how = {
	        .flags = (unsigned)flags | O_CLOEXEC, .mode = mode, .resolve = RESOLVE_IN_ROOT};
	int root = open(NEW_ROOT, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
	int rc = fd < 0 ? -errno : fd;

	close(root);
	return rc;
}
