/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/server/owner.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/host/regular.h"

enum { LIST_MAX = 16 << 20 }; /* bytes of a list of users, or of groups */

/* One of the site's lists, or NULL; the caller closes it, and frees its text. */
static FILE *open_list(const struct site *site, const char *path, char **text)
{
	char *full = site_path(site, path);
	size_t length;
	int rc = regular_read(full, LIST_MAX, text, &length);

	free(full);
	return rc ? NULL : fmemopen(*text, length, "r");
}

static void find_user(const struct site *site, struct owner *owner)
{
	char *text;
	FILE *file = open_list(site, "/etc/passwd", &text);
	const struct passwd *user;

	while (file && !owner->found && (user = fgetpwent(file))) {
		if (strcmp(user->pw_name, OWNER_NAME) != 0)
			continue;
		*owner = (struct owner){true, user->pw_uid, user->pw_gid, user->pw_gid};
	}
	if (file)
		fclose(file);
	free(text);
}

static void find_group(const struct site *site, struct owner *owner)
{
	char *text;
	FILE *file = open_list(site, "/etc/group", &text);
	const struct group *group;

	while (file && (group = fgetgrent(file)))
		if (!strcmp(group->gr_name, "disk"))
			owner->disk = group->gr_gid;
	if (file)
		fclose(file);
	free(text);
}

struct owner owner_find(const struct site *site)
{
	struct owner owner = {.found = false};

	find_user(site, &owner);
	if (owner.found)
		find_group(site, &owner);
	return owner;
}

int owner_give(const struct owner *owner, const char *path)
{
	struct stat status;
	int fd, rc = 0;

	if (!owner->found || geteuid())
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &status))
		rc = -errno;
	else if (S_ISREG(status.st_mode) && fchown(fd, owner->uid, owner->gid))
		rc = -errno;
	if (fd >= 0)
		close(fd);
	return rc;
}

int owner_become(const struct owner *owner)
{
	if (!owner->found || geteuid())
		return -EPERM;
	return setgroups(1, &owner->disk) || setgid(owner->gid) || setuid(owner->uid) ? -errno : 0;
}
