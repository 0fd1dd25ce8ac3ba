/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/mount.h"

#include <errno.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "init/sysfs.h"
#include "tools/base/text.h"

int mount_api(struct failure *failure)
{
	/* As systemd mounts them itself when nobody has (src/shared/mount-setup.c). */
	static const struct {
		const char *type, *target, *data;
		unsigned long flags;
	} mounts[] = {
	        {"proc", "/proc", NULL, MS_NOSUID | MS_NOEXEC | MS_NODEV},
	        {"sysfs", "/sys", NULL, MS_NOSUID | MS_NOEXEC | MS_NODEV},
	        {"devtmpfs", "/dev", "mode=755", MS_NOSUID},
	        {"tmpfs", "/run", "mode=755,size=20%", MS_NOSUID | MS_NODEV},
	};

	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		mkdir(mounts[i].target, 0755);
		if (!mount(mounts[i].type, mounts[i].target, mounts[i].type, mounts[i].flags,
		           mounts[i].data) ||
		    errno == EBUSY)
			continue;
		failure_set(failure, FAIL_SYSTEM, mounts[i].target, "mounting ", mounts[i].type,
		            " there: ", report_errno(-errno), NULL);
		return -EIO;
	}
	mkdir(NEW_ROOT, 0755);
	return 0;
}

unsigned long mount_flags(const char *options, unsigned long flags, char *data, size_t size,
                          int *rc)
{
	/* The options that are the kernel's and not the file system's (mount(8)). */
	static const struct {
		const char *name;
		unsigned long set, clear;
	} names[] = {
	        {"ro", MS_RDONLY, 0},         {"rw", 0, MS_RDONLY},
	        {"nosuid", MS_NOSUID, 0},     {"suid", 0, MS_NOSUID},
	        {"nodev", MS_NODEV, 0},       {"dev", 0, MS_NODEV},
	        {"noexec", MS_NOEXEC, 0},     {"exec", 0, MS_NOEXEC},
	        {"sync", MS_SYNCHRONOUS, 0},  {"async", 0, MS_SYNCHRONOUS},
	        {"dirsync", MS_DIRSYNC, 0},   {"noatime", MS_NOATIME, 0},
	        {"atime", 0, MS_NOATIME},     {"nodiratime", MS_NODIRATIME, 0},
	        {"relatime", MS_RELATIME, 0}, {"strictatime", MS_STRICTATIME, 0},
	        {"lazytime", MS_LAZYTIME, 0}, {"defaults", 0, 0},
	};
	struct text rest;

	*rc = 0;
	text_begin(&rest, data, size);
	while (*options) {
		size_t length = strcspn(options, ",");
		size_t i;

		for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (strlen(names[i].name) == length &&
			    !memcmp(names[i].name, options, length))
				break;
		if (i < sizeof(names) / sizeof(names[0])) {
			flags = (flags & ~names[i].clear) | names[i].set;
		} else if (length) {
			if (length + 1 > size - 1 - rest.used)
				*rc = -E2BIG;
			text_add(&rest, rest.used ? "," : "");
			text_add_bytes(&rest, options, length);
		}
		options += length + (options[length] == ',');
	}
	return flags;
}

/* Whether the kernel knows a file system type now (/proc/filesystems). */
static bool is_known(const char *type)
{
	char list[4096];
	size_t size = strlen(type);

	if (sysfs_read_all("/proc/filesystems", list, sizeof(list)) < 0)
		return true; /* mount(2) will tell */
	/* Lines of "nodev\tTYPE" or "\tTYPE". */
	for (const char *line = list, *end; (end = strchr(line, '\n')); line = end + 1) {
		const char *name = strchr(line, '\t');

		if (name && !strncmp(name + 1, type, size) && name[1 + size] == '\n')
			return true;
	}
	return false;
}

/* Tries one type. Returns 0, or a negative errno with *failure filled. */
static int mount_as(const struct cmdline *cmdline, const struct modules *modules,
                    const struct root_device *device, const char *type, const char *module,
                    struct failure *failure)
{
	char data[512];
	unsigned long flags;
	int rc;

	if (!is_known(type))
		modules_load(modules, module);
	if (!is_known(type)) {
		failure_set(failure, FAIL_FSMODULE, device->path, "it holds ", type,
		            ", whose driver is not in this image", NULL);
		return -ENODEV;
	}
	flags = mount_flags(cmdline->rootflags, cmdline->read_write ? 0 : MS_RDONLY, data,
	                    sizeof(data), &rc);
	if (rc) {
		failure_set(failure, FAIL_MOUNT, device->path, "rootflags= exceeds 511 bytes",
		            NULL);
		return rc;
	}
	if (mount(device->path, NEW_ROOT, type, flags, data)) {
		rc = -errno;
		failure_set(failure, FAIL_MOUNT, device->path, "mounting it as ", type,
		            *data ? " with " : "", data, ": ", report_errno(rc), NULL);
		return rc;
	}
	report_stage("mount", device->path, " ", type, flags & MS_RDONLY ? " ro" : " rw",
	             *data ? "," : "", data, NULL);
	return 0;
}

int mount_root(const struct cmdline *cmdline, const struct modules *modules,
               const struct root_device *device, struct failure *failure)
{
	int rc;

	for (unsigned i = 0; i < cmdline->fstype_count; i++) {
		rc = mount_as(cmdline, modules, device, cmdline->fstypes[i], cmdline->fstypes[i],
		              failure);
		if (!rc || i + 1 == cmdline->fstype_count)
			return rc;
	}
	report_stage("root", device->path, " ", device->superblock.type,
	             *device->superblock.uuid ? " UUID=" : "", device->superblock.uuid,
	             *device->superblock.label ? " LABEL=" : "", device->superblock.label, NULL);
	return mount_as(cmdline, modules, device, device->superblock.type,
	                device->superblock.module, failure);
}

void unmount_root(void)
{
	while (!umount2(NEW_ROOT, 0))
		;
}
