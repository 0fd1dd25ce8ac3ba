/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/disk/versions.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tools/disk/image.h"
#include "tools/host/args.h"

static const char vmlinuz_[] = "vmlinuz-";

/* The names in a directory, or none when it is not there. */
static int list(struct ext4 *ext4, const char *path, struct buffer *names, struct why *why)
{
	int rc = ext4_names(ext4, path, names, why);

	return rc == -ENOENT ? 0 : rc;
}

int versions_read(struct versions *versions, struct ext4 *ext4, struct why *why)
{
	int rc = list(ext4, "/boot", &versions->boot, why);

	return rc ? rc : list(ext4, "/lib/modules", &versions->modules, why);
}

void versions_free(struct versions *versions)
{
	buffer_free(&versions->boot);
	buffer_free(&versions->modules);
}

char *versions_boot_path(const char *name, const char *version)
{
	return args_text("/boot/%s-%s", name, version);
}

static bool next_name(const struct buffer *names, size_t *at, const char **name)
{
	if (*at >= names->size)
		return false;
	*name = (const char *)names->data + *at;
	*at += strlen(*name) + 1;
	return true;
}

static bool has(const struct buffer *names, const char *wanted)
{
	const char *name;
	size_t at = 0;

	while (next_name(names, &at, &name))
		if (!strcmp(name, wanted))
			return true;
	return false;
}

/* Versions stand in file names, command lines and messages: a name with more in it is none. */
static bool is_version(const char *name)
{
	return !name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                          "0123456789.+~_-")] &&
	       *name && *name != '.' && *name != '-';
}

/* The version in the name of a file in /boot, or NULL. */
static const char *version_of(const char *name)
{
	return strncmp(name, vmlinuz_, strlen(vmlinuz_)) ? NULL : name + strlen(vmlinuz_);
}

char *versions_choose(const struct versions *versions, const char *version, int what,
                      const char *below)
{
	const struct buffer *names = what & IMAGE_KERNEL ? &versions->boot : &versions->modules;
	const char *best = NULL, *name;
	size_t at = 0;

	while (next_name(names, &at, &name)) {
		const char *candidate = what & IMAGE_KERNEL ? version_of(name) : name;

		if (!candidate || !is_version(candidate) || (version && strcmp(version, candidate)))
			continue;
		if (what == (IMAGE_KERNEL | IMAGE_MODULES) && !has(&versions->modules, candidate))
			continue;
		if (below && strverscmp(candidate, below) >= 0)
			continue;
		if (!best || strverscmp(best, candidate) < 0)
			best = candidate;
	}
	return best ? args_text("%s", best) : NULL;
}

/* "6.1.0-56-amd64, 6.12.117+deb12-amd64": for a message about what is not among them. */
static char *list_all(const struct buffer *modules)
{
	char *all = args_text("%s", "");
	const char *name;
	size_t at = 0;

	while (next_name(modules, &at, &name)) {
		char *before = all;

		if (!is_version(name))
			continue;
		all = args_text("%s%s%s", before, *before ? ", " : "", name);
		free(before);
	}
	return all;
}

int versions_tell_missing(const struct versions *versions, const char *version, int what,
                          struct why *why)
{
	char *there;

	if (!version)
		return why_set(why, -ESRCH,
		               "no /boot/vmlinuz-VERSION with its /lib/modules/VERSION in it");
	there = list_all(&versions->modules);
	why_set(why, -ESRCH, "no %s %s in it (there are: %s)",
	        what & IMAGE_KERNEL ? "kernel" : "modules for kernel", version,
	        *there ? there : "none");
	free(there);
	return -ESRCH;
}
