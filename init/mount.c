/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/mount.h"

#include <errno.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "init/sysfs.h"
#include "tools/base/text.h"

/* Mounts one of the kernel's own file systems, if it is not mounted yet. */
static int mount_one(const char *type, const char *target, unsigned long flags, const char *data,
                     struct failure *failure)
{
	mkdir(target, 0755);
	if (!mount(type, target, type, flags, data) || errno == EBUSY)
		return 0;
	failure_set(failure, FAIL_SYSTEM, target, "mounting ", type,
	            " there: ", report_errno(-errno), NULL);
	return -EIO;
}

int mount_kernel(struct failure *failure)
{
	/* As systemd mounts them itself when nobody has (src/shared/mount-setup.c). */
	int rc = mount_one("proc", "/proc", MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL, failure);

	rc = rc ? rc : mount_one("sysfs", "/sys", MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL, failure);
	return rc ? rc : mount_one("devtmpfs", "/dev", MS_NOSUID, "mode=755", failure);
}

int mount_api(struct failure *failure)
{
	int rc = mount_kernel(failure);

	rc = rc ? rc
	        : mount_one("tmpfs", "/run", MS_NOSUID | MS_NODEV, "mode=755,size=20%", failure);
	mkdir(NEW_ROOT, 0755);
	return rc;
}

/* What an option means to mount(2). */
struct mount_option {
	const char *name;
	uint32_t set, clear;
};

/* The options that are the kernel's and not the file system's (mount(8)). */
static const struct mount_option mount_options[] = {
        {"ro", MS_RDONLY, 0},
        {"rw", 0, MS_RDONLY},
        {"nosuid", MS_NOSUID, 0},
        {"suid", 0, MS_NOSUID},
        {"nodev", MS_NODEV, 0},
        {"dev", 0, MS_NODEV},
        {"noexec", MS_NOEXEC, 0},
        {"exec", 0, MS_NOEXEC},
        {"sync", MS_SYNCHRONOUS, 0},
        {"async", 0, MS_SYNCHRONOUS},
        {"dirsync", MS_DIRSYNC, 0},
        {"noatime", MS_NOATIME, 0},
        {"atime", 0, MS_NOATIME},
        {"nodiratime", MS_NODIRATIME, 0},
        {"diratime", 0, MS_NODIRATIME},
        {"relatime", MS_RELATIME, 0},
        {"norelatime", 0, MS_RELATIME},
        {"strictatime", MS_STRICTATIME, 0},
        {"nostrictatime", 0, MS_STRICTATIME},
        {"lazytime", MS_LAZYTIME, 0},
        {"nolazytime", 0, MS_LAZYTIME},
        {"silent", MS_SILENT, 0},
        {"loud", 0, MS_SILENT},
        /* And those that are neither's: programs read them in fstab(5). */
        {"defaults", 0, 0},
        {"auto", 0, 0},
        {"noauto", 0, 0},
        {"_netdev", 0, 0},
        {"nofail", 0, 0},
        {"user", 0, 0},
        {"nouser", 0, 0},
        {"users", 0, 0},
        {"owner", 0, 0},
        {"group", 0, 0},
};

static bool begins(const char *option, size_t length, const char *prefix)
{
	return length >= strlen(prefix) && text_begins(option, prefix);
}

/* The entry for an option of `length` bytes; NULL: it is the file system's. */
static const struct mount_option *find_option(const char *option, size_t length)
{
	static const struct mount_option nothing = {"", 0, 0};

	/* "x-systemd.automount" and the like, and what fstab(5) calls a comment. */
	if (begins(option, length, "x-") || begins(option, length, "X-") ||
	    begins(option, length, "comment="))
		return &nothing;
	for (size_t i = 0; i < sizeof(mount_options) / sizeof(mount_options[0]); i++)
		if (strlen(mount_options[i].name) == length &&
		    !memcmp(mount_options[i].name, option, length))
			return &mount_options[i];
	return NULL;
}

unsigned long mount_flags(const char *options, unsigned long flags, char *data, size_t size,
                          int *rc)
{
	struct text rest;

	*rc = 0;
	text_begin(&rest, data, size);
	while (*options) {
		size_t length = strcspn(options, ",");
		const struct mount_option *known = find_option(options, length);

		if (known) {
			flags = (flags & ~(unsigned long)known->clear) | known->set;
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

/* Options that leave a journal as it is, by the type of the file system. */
static const char *without_journal(const char *type)
{
	static const struct {
		const char *type, *option;
	} options[] = {
	        {"ext4", "noload"},
	        {"ext3", "noload"},
	        {"xfs", "norecovery"},
	        {"btrfs", "rescue=nologreplay"},
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (!strcmp(options[i].type, type))
			return options[i].option;
	return NULL;
}

static char *join_options(char *all, size_t size, const char *data, const char *option)
{
	return text_join(all, size, data, *data && option ? "," : "", option ? option : "", NULL);
}

/*
 * Whether a mount has failed because the device takes no writes: AoE has no word for an export that
 * may only be read, and each write fails as on a disk that is broken. An error where nothing was
 * written, since there were `written` of them, is that of a read.
 */
static bool takes_no_writes(const char *path, int rc, uint64_t written)
{
	return rc == -EROFS || rc == -EACCES || (rc == -EIO && disk_writes(path) != written);
}

/*
 * Mounts once. A file system that was not unmounted has its journal replayed even if it is mounted
 * read-only, which an export that may only be read refuses. Then the journal is left alone, as one
 * that cannot be read is, and the user told.
 */
static int mount_once(const char *path, const char *target, const char *type, unsigned long flags,
                      char *data, size_t size)
{
	const char *option = flags & MS_RDONLY ? without_journal(type) : NULL;
	uint64_t written = disk_writes(path);
	int rc = mount(path, target, type, flags, data) ? -errno : 0;
	bool is_kept = takes_no_writes(path, rc, written);
	char more[600];

	if (!option || (rc != -EIO && rc != -EROFS))
		return rc;
	if (mount(path, target, type, flags, join_options(more, sizeof(more), data, option)))
		return rc;
	text_join(data, size, more, NULL);
	report_warning(path,
	               is_kept ? "its journal could not be replayed, as on an export that may only "
	                         "be read: mounted with "
	                       : "its journal cannot be read: mounted with ",
	               option, ", as it was when it was left");
	return 0;
}

/* Whether what cannot be mounted to be written can be mounted to be read. */
static bool can_be_read(const char *path, const char *target, const char *type, unsigned long flags,
                        const char *data)
{
	char all[600];

	join_options(all, sizeof(all), data, without_journal(type));
	if (mount(path, target, type, flags | MS_RDONLY, all))
		return false;
	umount2(target, 0);
	return true;
}

bool mount_make_known(const struct modules *modules, const char *type, const char *module)
{
	char alias[MODULE_NAME];

	if (is_known(type))
		return true;
	text_join(alias, sizeof(alias), "fs-", type, NULL); /* as mount(2) asks for it */
	if (!modules_load_alias(modules, alias))
		modules_load(modules, module);
	return is_known(type);
}

/*
 * Whether it is the SquashFS that is damaged and not the disk, for which the kernel has one error
 * alone: its tables can be read.
 */
static bool is_damaged(const struct device *device)
{
	static uint8_t bytes[65536];
	uint64_t at = device->superblock.tables, end = device->superblock.size;
	int rc = at && at < end ? 0 : -ENOENT;

	for (; !rc && at < end; at += sizeof(bytes))
		rc = disk_read(device->path, bytes,
		               end - at < sizeof(bytes) ? (size_t)(end - at) : sizeof(bytes), at);
	return !rc;
}

/* Tries one type. Returns 0, or a negative errno with *failure filled. */
static int mount_as(const struct mounting *how, const struct modules *modules,
                    const struct device *device, const char *type, const char *module,
                    struct failure *failure)
{
	char data[512];
	uint64_t written = disk_writes(device->path);
	unsigned long flags;
	int rc;

	if (!mount_make_known(modules, type, module)) {
		failure_set(failure, FAIL_FSMODULE, device->path, "it holds ", type,
		            ", whose driver is not in this image", NULL);
		return -ENODEV;
	}
	flags = mount_flags(how->options, how->flags, data, sizeof(data), &rc) | how->always;
	if (rc) {
		failure_set(failure, FAIL_MOUNT, device->path, "rootflags= exceeds 511 bytes",
		            NULL);
		return rc;
	}
	rc = mount_once(device->path, how->target, type, flags, data, sizeof(data));
	if (!(flags & MS_RDONLY) && takes_no_writes(device->path, rc, written) &&
	    can_be_read(device->path, how->target, type, flags, data)) {
		failure_set(failure, FAIL_READONLY, device->path,
		            "it can be read, but it takes no writes", NULL);
		return rc;
	}
	/* Once more: perhaps the disk could not be read before. */
	if (rc == -EIO && is_damaged(device)) {
		rc = mount_once(device->path, how->target, type, flags, data, sizeof(data));
		rc = rc == -EIO ? -EUCLEAN : rc;
	}
	if (rc) {
		failure_set(failure, rc == -EIO ? FAIL_IO : FAIL_MOUNT, device->path,
		            "mounting it as ", type, *data ? " with " : "", data, ": ",
		            report_errno(rc), NULL);
		return rc;
	}
	report_stage("mount", device->path, " ", type, flags & MS_RDONLY ? " ro" : " rw",
	             *data ? "," : "", data, NULL);
	return 0;
}

/*
 * Whether the device ends before its file system does: the image was not copied to its end. The end
 * is known to a block: that of a SquashFS is rounded up.
 */
static bool is_cut_off(const struct device *device, struct failure *failure)
{
	enum { BLOCK = 4096 };
	char needed[TEXT_NUMBER], there[TEXT_NUMBER];
	uint64_t size = disk_size(device->path);

	if (!size || size > UINT64_MAX - BLOCK || size + BLOCK > device->superblock.size)
		return false;
	failure_set(failure, FAIL_MOUNT, device->path, "its ", device->superblock.type, " takes ",
	            text_decimal(needed, device->superblock.size), " bytes, and it has only ",
	            text_decimal(there, size), ": it was cut off", NULL);
	return true;
}

int mount_device(const struct mounting *how, const struct modules *modules,
                 const struct device *device, struct failure *failure)
{
	int rc;

	if (is_cut_off(device, failure))
		return -EFBIG;
	for (unsigned i = 0; i < how->type_count; i++) {
		rc = mount_as(how, modules, device, how->types[i], how->types[i], failure);
		if (!rc || i + 1 == how->type_count)
			return rc;
	}
	report_stage(how->stage, device->path, " ", device->superblock.type,
	             *device->superblock.uuid ? " UUID=" : "", device->superblock.uuid,
	             *device->superblock.label ? " LABEL=" : "", device->superblock.label, NULL);
	return mount_as(how, modules, device, device->superblock.type, device->superblock.module,
	                failure);
}
