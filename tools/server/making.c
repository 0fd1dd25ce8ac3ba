/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/server/making.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/host/files.h"
#include "tools/host/self.h"
#include "tools/host/steps.h"
#include "tools/server/owner.h"

static int make_folder_of(const char *disk, struct why *why)
{
	char *folder = args_text("%s", disk);
	int rc;

	*strrchr(folder, '/') = '\0';
	rc = files_make_folders(folder);
	if (rc)
		why_set(why, rc, "%s: %s", folder, strerror(-rc));
	free(folder);
	return rc;
}

int making_image(const char *kind, const char *disk, struct args *options, struct why *why)
{
	struct args args = {0};
	int rc = make_folder_of(disk, why);

	if (!rc) {
		self_args(&args, "image");
		args_add(&args, "%s", kind);
		args_add(&args, "--output=%s", disk);
		for (size_t i = 0; i < options->n; i++)
			args_add(&args, "%s", options->v[i]);
		rc = steps_run(&args, STEPS_LONG, why);
	}
	args_free(options);
	return rc;
}

int making_empty(const char *disk, unsigned long long bytes, struct why *why)
{
	int rc = make_folder_of(disk, why), fd;

	if (rc)
		return rc;
	fd = open(disk, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return why_set(why, -errno, "%s: %s", disk, strerror(errno));
	if (ftruncate(fd, (off_t)bytes))
		rc = why_set(why, -errno, "%s: %s", disk, strerror(errno));
	close(fd);
	if (rc)
		unlink(disk);
	return rc;
}

int making_kernel(const struct site *site, const char *name, const char *disk, struct why *why)
{
	char *folder = site_folder(site, name);
	struct args args = {0};
	int rc = files_make_folders(folder);

	if (rc) {
		why_set(why, rc, "%s: %s", folder, strerror(-rc));
	} else {
		self_args(&args, "publish");
		args_add(&args, "--disk=%s", disk);
		args_add(&args, "--output=%s", folder);
		rc = steps_run(&args, STEPS_LONG, why);
	}
	/* What it has complete stays; nothing, if it failed. */
	if (rc)
		rmdir(folder);
	free(folder);
	return rc;
}

int making_give(const struct site *site, const char *disk, struct why *why)
{
	struct owner owner = owner_find(site);
	int rc = owner_give(&owner, disk);

	return rc ? why_set(why, rc, "%s: cannot be given to the user " OWNER_NAME ": %s", disk,
	                    strerror(-rc))
	          : 0;
}
