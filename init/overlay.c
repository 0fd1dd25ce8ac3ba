/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/overlay.h"

#include <errno.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "init/mount.h"
#include "tools/base/text.h"

/* Documentation/filesystems/overlayfs.rst: both on one file system, and not one in the other. */
#define CHANGES OVERLAY_UPPER "/upper"
#define WORK    OVERLAY_UPPER "/work"

const char *overlay_make_place(const char *path)
{
	mkdir("/run/etherroot", 0755);
	mkdir(path, 0755);
	return path;
}

static int refuse(const char *thing, const char *what, int rc, struct failure *failure)
{
	failure_set(failure, FAIL_OVERLAY, thing, what, report_errno(rc), NULL);
	return rc;
}

static int mount_tmpfs(const char *size, struct failure *failure)
{
	char data[40];

	text_join(data, sizeof(data), "mode=755", *size ? ",size=" : "", size, NULL);
	if (!mount("tmpfs", OVERLAY_UPPER, "tmpfs", 0, data))
		return 0;
	return refuse("rd.overlay=tmpfs", "mounting it: ", -errno, failure);
}

int overlay_mount(const struct overlay_choice *choice, const struct modules *modules,
                  struct failure *failure)
{
	static const char type[] = "overlay";
	int rc;

	if (!mount_make_known(modules, type, type)) {
		failure_set(failure, FAIL_NOMODULE, type, "not in this image for kernel ",
		            modules_kernel(), NULL);
		return -ENODEV;
	}
	overlay_make_place(OVERLAY_UPPER);
	rc = mount_tmpfs(choice->size, failure);
	if (rc)
		return rc;
	mkdir(CHANGES, 0755);
	mkdir(WORK, 0755);
	if (mount(type, NEW_ROOT, type, 0,
	          "lowerdir=" OVERLAY_LOWER ",upperdir=" CHANGES ",workdir=" WORK))
		return refuse(type, "mounting it: ", -errno, failure);
	report_stage(type, "changes go to ", "a tmpfs", NULL);
	return 0;
}
