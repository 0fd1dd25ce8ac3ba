/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initramfs/modconf.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where modprobe looks; a file of an earlier folder hides those of its name in later ones. */
static const char *const folders[] = {"etc/modprobe.d", "run/modprobe.d",
                                      "usr/local/lib/modprobe.d", "lib/modprobe.d",
                                      "usr/lib/modprobe.d"};
enum { FOLDERS = sizeof(folders) / sizeof(folders[0]) };

/* Far above any that a person wrote. */
enum { LIMIT = 1 << 20 };

struct file {
	char *name;
	const char *folder;
};

struct files {
	struct file *file;
	size_t count;
};

static bool is_configuration(const char *name)
{
	size_t length = strlen(name);

	return *name != '.' && length > 5 && !strcmp(name + length - 5, ".conf");
}

static int add_file(struct files *files, const char *folder, const char *name)
{
	struct file *grown;

	for (size_t i = 0; i < files->count; i++)
		if (!strcmp(files->file[i].name, name))
			return 0;
	grown = realloc(files->file, (files->count + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	files->file = grown;
	grown[files->count] = (struct file){strdup(name), folder};
	return grown[files->count].name ? (files->count++, 0) : -ENOMEM;
}

static int list_folder(const struct tree *tree, const char *folder, struct files *files)
{
	int fd = tree_open_listing(tree, folder);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	int rc = 0;

	if (!directory) {
		if (fd >= 0)
			close(fd);
		return 0;
	}
	while (!rc && (entry = readdir(directory)))
		if (is_configuration(entry->d_name))
			rc = add_file(files, folder, entry->d_name);
	closedir(directory);
	return rc;
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct file *)a)->name, ((const struct file *)b)->name);
}

static int append_file(const struct tree *tree, const struct file *file, struct buffer *text)
{
	struct buffer data = {0};
	char path[512];
	int rc;

	snprintf(path, sizeof(path), "%s/%s", file->folder, file->name);
	rc = tree_read(tree, path, LIMIT, &data);
	if (!rc)
		rc = buffer_append(text, data.data, data.size);
	/* A last line without an end must not swallow the next file's first. */
	if (!rc)
		rc = buffer_append(text, "\n", 1);
	buffer_free(&data);
	return rc == -ENOMEM ? rc : 0;
}

int modconf_read(const struct tree *tree, struct buffer *text)
{
	struct files files = {0};
	int rc = 0;

	for (size_t i = 0; !rc && i < FOLDERS; i++)
		rc = list_folder(tree, folders[i], &files);
	if (files.count)
		qsort(files.file, files.count, sizeof(*files.file), compare);
	for (size_t i = 0; !rc && i < files.count; i++)
		rc = append_file(tree, &files.file[i], text);
	for (size_t i = 0; i < files.count; i++)
		free(files.file[i].name);
	free(files.file);
	return rc;
}
