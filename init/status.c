/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/status.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h> /* without sys/stat.h, which has the struct too, or has not */
#include <sys/syscall.h>
#include <unistd.h>

int status_of(int directory, const char *path, int flags, struct status *status)
{
	struct statx found;

	if (syscall(SYS_statx, directory, path, flags | AT_EMPTY_PATH, STATX_BASIC_STATS, &found))
		return -errno;
	*status = (struct status){
	        .mode = found.stx_mode,
	        .size = found.stx_size,
	        .on = (uint64_t)found.stx_dev_major << 32 | found.stx_dev_minor,
	        .device_major = found.stx_rdev_major,
	        .device_minor = found.stx_rdev_minor,
	};
	return 0;
}
