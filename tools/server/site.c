/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/server/site.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/host/args.h"
#include "tools/host/configuration.h"
#include "tools/host/files.h"
#include "tools/host/regular.h"

int site_open(struct site *site, const char *root, struct why *why)
{
	struct stat status;
	char *real;

	*site = (struct site){.lock = -1};
	real = realpath(root ? root : "/", NULL);
	if (!real || stat(real, &status) || !S_ISDIR(status.st_mode)) {
		free(real);
		return why_set(why, -ENOTDIR, "%s: not a folder that is there", root ? root : "/");
	}
	site->root = strcmp(real, "/") != 0 ? real : args_text("%s", "");
	if (site->root != real)
		free(real);
	return 0;
}

void site_close(struct site *site)
{
	inventory_release(&site->inventory);
	if (site->lock >= 0)
		close(site->lock);
	free(site->text);
	free(site->root);
	*site = (struct site){.lock = -1};
}

char *site_path(const struct site *site, const char *path)
{
	return args_text("%s%s", site->root, path);
}

char *site_folder(const struct site *site, const char *machine)
{
	return args_text("%s" INVENTORY_BOOT "/%s", site->root, machine);
}

int site_file(const struct site *site, const char *path, char **disk, struct why *why)
{
	size_t root = strlen(site->root);
	struct stat status;

	*disk = realpath(path, NULL);
	if (!*disk || stat(*disk, &status))
		return why_set(why, -errno, "%s: %s", path, strerror(errno));
	if (!S_ISREG(status.st_mode))
		return why_set(why, -EINVAL, "%s: not a regular file", path);
	if (strncmp(*disk, site->root, root) != 0 || (*disk)[root] != '/')
		return why_set(why, -EINVAL, "%s: does not lie in --root %s", *disk, site->root);
	memmove(*disk, *disk + root, strlen(*disk + root) + 1);
	return 0;
}

int site_new_disk(const struct site *site, const char *name, char **disk, struct why *why)
{
	char *full;
	int rc = 0;

	*disk = args_text(SITE_DISKS "/%s.img", name);
	full = site_path(site, *disk);
	if (!access(full, F_OK))
		rc = why_set(why, -EEXIST,
		             "%s: is there already: use it with --image, or remove it", full);
	free(full);
	return rc;
}

bool site_is_here(const struct site *site)
{
	return !*site->root;
}

/* The folder of the inventory is what is locked: no file is left behind. */
int site_lock(struct site *site, struct why *why)
{
	char *path = site_path(site, INVENTORY_PATH), *folder = dirname(path);
	int rc = files_make_folders(folder);

	if (!rc) {
		site->lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		rc = site->lock < 0 || flock(site->lock, LOCK_EX | LOCK_NB) ? -errno : 0;
	}
	if (rc == -EWOULDBLOCK)
		why_set(why, rc,
		        "%s: another run of 'etherroot server' or 'machine' changes it: "
		        "try again when that is done",
		        folder);
	else if (rc)
		why_set(why, rc, "%s: %s", folder, strerror(-rc));
	free(path);
	return rc;
}

static int parse(const char *text, size_t length, void *inventory, struct place *place,
                 struct why *why)
{
	return inventory_parse(text, length, inventory, place, why);
}

int site_load(struct site *site, struct why *why)
{
	char *path = site_path(site, INVENTORY_PATH);
	int rc = regular_read(path, INVENTORY_MAX, &site->text, &site->length);

	if (rc == -ENOENT)
		why_set(why, rc, "%s: not there yet: 'etherroot server init' makes it", path);
	else if (rc)
		why_set(why, rc, "%s: %s", path, regular_explain(rc));
	else
		rc = configuration_parse(path, site->text, site->length, parse, &site->inventory,
		                         why);
	free(path);
	return rc;
}

int site_find(const struct site *site, const char *name, const struct inventory_machine **machine,
              struct why *why)
{
	*machine = inventory_find(&site->inventory, name);
	return *machine ? 0
	                : why_set(why, -ENOENT,
	                          "%.60s: no such machine: 'etherroot machine list' lists them",
	                          name);
}

int site_replace(struct site *site, const struct buffer *text, struct why *why)
{
	char *path = site_path(site, INVENTORY_PATH), *copy = malloc(text->size + 1);
	struct inventory inventory;
	int rc = copy ? configuration_parse(path, (char *)text->data, text->size, parse, &inventory,
	                                    why)
	              : why_memory(why);

	free(path);
	if (rc) {
		free(copy);
		return rc;
	}
	if (text->size)
		memcpy(copy, text->data, text->size);
	copy[text->size] = '\0';
	free(site->text);
	inventory_release(&site->inventory);
	site->text = copy;
	site->length = text->size;
	site->inventory = inventory;
	return 0;
}
