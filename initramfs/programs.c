/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initramfs/programs.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "initramfs/elffile.h"

/* More than any program of a distribution has with its libraries: files, and bytes of each. */
enum { FILES_MOST = 256 };
#define FILE_LIMIT ((size_t)1 << 28)

struct program {
	struct content *content;
	const struct tree *tree;
	const char *path; /* as the user named it */
	const char *reason;
	char *libraries; /* where its dynamic loader is, and looks, in the tree; owned, or NULL */
	const char *loader; /* the loader's name there, which libraries may ask for */
	struct why *why;
};

static bool is_there(const struct content *content, const char *path)
{
	while (*path == '/')
		path++;
	for (size_t i = 0; i < content->count; i++)
		if (!strcmp(content->file[i].path, path))
			return true;
	return false;
}

/* Where PATH leads to inside the tree, all links followed; NULL and errno. To be freed. */
static char *real_path(const struct tree *tree, const char *path)
{
	char link[64], top[PATH_MAX], target[PATH_MAX];
	ssize_t length, above;
	int fd = tree_open_file(tree, path);

	if (fd < 0) {
		errno = -fd;
		return NULL;
	}
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, target, sizeof(target) - 1);
	close(fd);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", tree->root_fd);
	above = readlink(link, top, sizeof(top));
	if (length < 0 || above < 0 || above >= length)
		return NULL;
	target[length] = '\0';
	return strdup(target + (above == 1 ? 0 : above));
}

static int add_file(struct program *program, const char *path)
{
	struct buffer data = {0};
	int rc = tree_read(program->tree, path, FILE_LIMIT, &data);

	if (rc)
		rc = path == program->path
		             ? why_set(program->why, rc, "%s: %s", path, strerror(-rc))
		             : why_set(program->why, rc, "%s: %s: %s", program->path, path,
		                       strerror(-rc));
	else if (content_add_text(program->content, path, 0755, &data, program->reason))
		rc = why_memory(program->why);
	else
		return 0;
	buffer_free(&data);
	return rc;
}

/* Looks for a library where the loader will: beside itself, or where all libraries are. */
static int add_library(struct program *program, const char *name)
{
	const char *folders[] = {program->libraries, "/usr/lib64", "/usr/lib"};

	if (program->loader && !strcmp(name, program->loader))
		return 0;
	if (strchr(name, '/'))
		return why_set(program->why, -EINVAL,
		               "%s: its library %s is named by a path, which is not followed",
		               program->path, name);
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		char path[PATH_MAX];
		int fd;

		if (!folders[i] ||
		    snprintf(path, sizeof(path), "%s/%s", folders[i], name) >= (int)sizeof(path))
			continue;
		fd = tree_open_file(program->tree, path);
		if (fd < 0)
			continue;
		close(fd);
		return is_there(program->content, path) ? 0 : add_file(program, path);
	}
	return why_set(program->why, -ENOENT, "%s: its library %s is not in the tree",
	               program->path, name);
}

/* What the files from the FIRST on ask for, and those that this adds in their turn. */
static int add_libraries(struct program *program, size_t first)
{
	const struct content *content = program->content;
	const char *library;
	int rc = 0;

	for (size_t file = first; !rc && file < content->count; file++) {
		const struct buffer data = content->file[file].owned;

		for (size_t i = 0; !rc && (library = elffile_library(&data, i)); i++)
			rc = i < FILES_MOST && content->count - first <= FILES_MOST
			             ? add_library(program, library)
			             : why_set(program->why, -EFBIG,
			                       "%s: it asks for more than %d libraries",
			                       program->path, FILES_MOST);
	}
	return rc;
}

/* The loader stands where the program asks for it, and looks where it is in truth. */
static int add_loader(struct program *program, const char *loader)
{
	char *slash;

	program->libraries = real_path(program->tree, loader);
	if (!program->libraries)
		return why_set(program->why, -errno, "%s: its dynamic loader %s: %s", program->path,
		               loader, strerror(errno));
	slash = strrchr(program->libraries, '/');
	if (slash) {
		*slash = '\0';
		program->loader = slash + 1;
	}
	return is_there(program->content, loader) ? 0 : add_file(program, loader);
}

int programs_add(struct content *content, const struct tree *tree, const char *path,
                 const char *reason, struct why *why)
{
	struct program program = {
	        .content = content, .tree = tree, .path = path, .reason = reason, .why = why};
	size_t first = content->count;
	const char *loader;
	int rc = add_file(&program, path);

	if (!rc && (loader = elffile_interpreter(&content->file[first].owned)))
		rc = add_loader(&program, loader);
	if (!rc)
		rc = add_libraries(&program, first);
	free(program.libraries);
	return rc;
}
