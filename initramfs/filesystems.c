/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initramfs/filesystems.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What "all" means: the file systems on a disk that a Linux root can live on. */
static const char *const root_filesystems[] = {
        "ext4", "ext3",     "ext2",     "xfs",    "btrfs", "f2fs",
        "jfs",  "reiserfs", "bcachefs", "nilfs2", "erofs", "squashfs",
};

/* Is it a name, not a path or something that would break a line of /etc/filesystems? */
static bool is_name(const char *name)
{
	return *name && !name[strspn(name, "abcdefghijklmnopqrstuvwxyz"
	                                   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")];
}

static bool is_listed(const struct buffer *names, const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; i + length < names->size; i++)
		if ((!i || names->data[i - 1] == '\n') && !memcmp(names->data + i, name, length) &&
		    names->data[i + length] == '\n')
			return true;
	return false;
}

/*
 * What a file system asks the kernel for as it is mounted, which modules.dep does not tell of:
 * quotas that are kept in the file system (fs/quota/dquot.c asks for "quota_v2").
 */
static int add_partners(struct modset *modules, const char *name, struct why *why)
{
	static const char *const with_quota[] = {"ext4", "f2fs", "reiserfs"};
	char reason[64];
	int rc = 0;

	snprintf(reason, sizeof(reason), "quotas of %s", name);
	for (size_t i = 0; rc >= 0 && i < sizeof(with_quota) / sizeof(with_quota[0]); i++)
		if (!strcmp(name, with_quota[i]))
			rc = modset_add(modules, "quota_v2", reason, why);
	return rc;
}

/* Returns an enum modset_found or a negative errno. */
static int add(struct modset *modules, const char *name, struct buffer *names, struct why *why)
{
	char reason[64];
	char alias[64];
	int rc;

	snprintf(reason, sizeof(reason), "file system %s", name);
	/* Every file system module has the alias that mount(2) asks modprobe for. */
	snprintf(alias, sizeof(alias), "fs-%s", name);
	rc = modset_add(modules, alias, reason, why);
	/* Built into a kernel whose package has no modules.builtin.modinfo: known by name alone. */
	if (rc == MODSET_NONE)
		rc = modset_add_builtin(modules, name, why);
	if (rc > MODSET_NONE && !is_listed(names, name) && buffer_printf(names, "%s\n", name))
		return why_memory(why);
	if (rc == MODSET_ADDED) {
		int partners = add_partners(modules, name, why);

		return partners < 0 ? partners : rc;
	}
	return rc;
}

static int add_all(struct modset *modules, struct buffer *names, struct why *why)
{
	for (size_t i = 0; i < sizeof(root_filesystems) / sizeof(root_filesystems[0]); i++) {
		int rc = add(modules, root_filesystems[i], names, why);

		if (rc < 0)
			return rc;
	}
	return names->size ? 0
	                   : why_set(why, -ENOENT, "fs 'all': kernel %s has none of them",
	                             modules->tree->version);
}

static int add_named(struct modset *modules, const char *name, struct buffer *names,
                     struct why *why)
{
	int rc = is_name(name) && strlen(name) < 32 ? add(modules, name, names, why) : MODSET_NONE;

	if (rc != MODSET_NONE)
		return rc;
	return why_set(why, -ENOENT, "file system '%s': kernel %s has no such file system", name,
	               modules->tree->version);
}

int filesystems_add(struct modset *modules, const char *list, struct buffer *names, struct why *why)
{
	char *copy = strdup(list);
	char *rest = copy;
	char *name;
	int rc = 0;

	if (!copy)
		return why_memory(why);
	while (rc >= 0 && (name = strsep(&rest, ",")))
		rc = !strcmp(name, "all") ? add_all(modules, names, why)
		                          : add_named(modules, name, names, why);
	free(copy);
	return rc < 0 ? rc : 0;
}
