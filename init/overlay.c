/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

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

static int mount_disk(const struct modules *modules, const struct device devices[DEVICES],
                      struct failure *failure)
{
	static const struct mounting how = {
	        .target = OVERLAY_UPPER, .stage = "changes", .options = ""};
	const struct device *upper = &devices[DEVICE_UPPER];
	int rc;

	if (!strcmp(upper->path, devices[DEVICE_ROOT].path)) {
		failure_set(failure, FAIL_OVERLAY, upper->path,
		            "the root itself cannot keep the changes to it", NULL);
		return -EINVAL;
	}
	rc = mount_device(&how, modules, upper, failure);
	if (rc && (failure->code == FAIL_MOUNT || failure->code == FAIL_READONLY))
		failure->code = FAIL_OVERLAY; /* rootflags= and ro are not this one's */
	return rc;
}

/*
 * Changes to one root make no sense over another. What root they are of is kept beside them; that
 * is written each time, to see that it can be.
 */
static int check_base(const char *base, const char *disk, struct failure *failure)
{
	char was[64] = "";
	int fd = open(OVERLAY_UPPER "/base", O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
	              0644);
	ssize_t n = fd < 0 ? -1 : read(fd, was, sizeof(was) - 1);
	int rc = n < 0 ? -errno : 0;

	if (!rc && *was && strcmp(was, base) != 0) {
		failure_set(failure, FAIL_OVERLAY, disk, "its changes are of the root ", was,
		            ", and this one is ", base, NULL);
		rc = -ESTALE;
	} else if (!rc) {
		n = pwrite(fd, base, strlen(base), 0);
		rc = n < 0 || fsync(fd) ? -errno : 0;
	}
	if (fd >= 0)
		close(fd);
	return rc == -ESTALE || !rc ? rc : refuse(disk, "writing to it: ", rc, failure);
}

static void warn_if_full(const char *disk)
{
	struct statfs space;

	if (!statfs(OVERLAY_UPPER, &space) &&
	    (space.f_bfree < space.f_blocks / 100 || (space.f_files && !space.f_ffree)))
		report_warning(disk, "it is full: changes may be lost; make room below " CHANGES);
}

static int make_directory(const char *path, const char *disk, struct failure *failure)
{
	return !mkdir(path, 0755) || errno == EEXIST
	               ? 0
	               : refuse(disk, "making a directory on it: ", -errno, failure);
}

/* Has the two directories that an overlay needs, on a file system that can be written. */
static int prepare(const struct device devices[DEVICES], struct failure *failure)
{
	const struct superblock *root = &devices[DEVICE_ROOT].superblock;
	const char *disk = devices[DEVICE_UPPER].path;
	char made[TEXT_NUMBER];
	int rc = make_directory(CHANGES, disk, failure);

	if (!rc)
		rc = make_directory(WORK, disk, failure);
	if (!rc && *disk)
		rc = check_base(*root->uuid ? root->uuid : text_decimal(made, root->made), disk,
		                failure);
	if (!rc && *disk)
		warn_if_full(disk);
	return rc;
}

int overlay_mount(const struct overlay_choice *choice, const struct modules *modules,
                  const struct device devices[DEVICES], struct failure *failure)
{
	static const char type[] = "overlay";
	const char *disk = devices[DEVICE_UPPER].path;
	int rc;

	if (!mount_make_known(modules, type, type)) {
		failure_set(failure, FAIL_NOMODULE, type, "not in this image for kernel ",
		            modules_kernel(), NULL);
		return -ENODEV;
	}
	overlay_make_place(OVERLAY_UPPER);
	rc = *disk ? mount_disk(modules, devices, failure) : mount_tmpfs(choice->size, failure);
	if (!rc)
		rc = prepare(devices, failure);
	if (rc)
		return rc;
	if (mount(type, NEW_ROOT, type, 0,
	          "lowerdir=" OVERLAY_LOWER ",upperdir=" CHANGES ",workdir=" WORK))
		return refuse(*disk ? disk : type, "mounting the overlay: ", -errno, failure);
	report_stage(type, "changes go to ", *disk ? disk : "memory", NULL);
	return 0;
}
