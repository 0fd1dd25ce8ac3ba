/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/publish/lasterror.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/cli/outfile.h"
#include "tools/host/args.h"
#include "tools/host/files.h"
#include "tools/host/regular.h"

#define FOLDER "/var/lib/etherroot-publish"

static char *path_of(const char *root, const char *machine)
{
	return args_text("%s" FOLDER "/%s", root, machine);
}

char *lasterror_read(const char *root, const char *machine)
{
	char *path = path_of(root, machine), *text;
	size_t length;

	if (regular_read(path, LASTERROR_MAX, &text, &length))
		text = NULL;
	free(path);
	return text;
}

int lasterror_keep(const char *root, const char *machine, const char *text, struct why *why)
{
	char *folder = args_text("%s" FOLDER, root), *path = path_of(root, machine);
	int rc = files_make_folders(folder);

	if (!rc)
		rc = outfile_save(path, text, strlen(text));
	if (rc)
		why_set(why, rc, "%s: %s", path, strerror(-rc));
	free(path);
	free(folder);
	return rc;
}

void lasterror_forget(const char *root, const char *machine)
{
	char *path = path_of(root, machine);

	unlink(path);
	free(path);
}
