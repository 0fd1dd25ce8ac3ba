/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initramfs/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Where kernels keep their modules; the second alone in trees that merged /lib without its link. */
static const char *const module_folders[] = {"lib/modules", "usr/lib/modules"};
enum { FOLDERS = sizeof(module_folders) / sizeof(module_folders[0]) };

/* openat2(2): Linux 5.6. Where it is missing or filtered, links are followed as the host sees them.
 */
static int open_inside(int root_fd, const char *path, int flags)
{
	struct open_how how = {.flags = (unsigned int)flags, .resolve = RESOLVE_IN_ROOT};
	long fd = syscall(SYS_openat2, root_fd, path, &how, sizeof(how));

	if (fd < 0 && (errno == ENOSYS || errno == EPERM)) {
		while (*path == '/')
			path++;
		fd = openat(root_fd, path, flags);
	}
	return fd < 0 ? -errno : (int)fd;
}

int tree_open_directory(const struct tree *tree, const char *path)
{
	return open_inside(tree->root_fd, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

int tree_open_listing(const struct tree *tree, const char *path)
{
	return open_inside(tree->root_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int tree_open_file(const struct tree *tree, const char *path)
{
	/* O_NONBLOCK: a FIFO in the tree must not make us wait for its writer. */
	int fd = open_inside(tree->root_fd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return fd;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	return -EINVAL;
}

int tree_read(const struct tree *tree, const char *path, size_t limit, struct buffer *buffer)
{
	int fd = tree_open_file(tree, path);
	int rc;

	if (fd < 0)
		return fd;
	rc = buffer_read(buffer, fd, limit);
	close(fd);
	return rc;
}

/* The kernels of the tree, in the order of their versions, each once. */
struct versions {
	char **name;
	size_t count;
};

static int compare_versions(const void *a, const void *b)
{
	return strverscmp(*(char *const *)a, *(char *const *)b);
}

static int add_version(struct versions *versions, const char *name)
{
	char **grown;

	for (size_t i = 0; i < versions->count; i++)
		if (!strcmp(versions->name[i], name))
			return 0;
	grown = realloc(versions->name, (versions->count + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	versions->name = grown;
	grown[versions->count] = strdup(name);
	if (!grown[versions->count])
		return -ENOMEM;
	versions->count++;
	return 0;
}

static void free_versions(struct versions *versions)
{
	for (size_t i = 0; i < versions->count; i++)
		free(versions->name[i]);
	free(versions->name);
}

/* A directory is a kernel's if it holds its modules or depmod's index; others are left-overs. */
static bool holds_modules(int folder_fd, const char *name)
{
	static const char *const signs[] = {"kernel", "modules.dep", "modules.dep.bin"};
	char path[512];

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", name, signs[i]);
		if (!faccessat(folder_fd, path, F_OK, 0))
			return true;
	}
	return false;
}

static int list_folder(const struct tree *tree, const char *folder, struct versions *versions)
{
	int fd = tree_open_listing(tree, folder);
	DIR *directory;
	struct dirent *entry;
	int rc = 0;

	if (fd < 0)
		return fd;
	directory = fdopendir(fd);
	if (!directory) {
		rc = -errno;
		close(fd);
		return rc;
	}
	while (!rc && (entry = readdir(directory)))
		if (entry->d_name[0] != '.' && holds_modules(fd, entry->d_name))
			rc = add_version(versions, entry->d_name);
	closedir(directory);
	return rc;
}

/* Returns how many of the module folders exist, or a negative errno. */
static int list_versions(const struct tree *tree, struct versions *versions)
{
	int folders = 0;

	for (int i = 0; i < FOLDERS; i++) {
		int rc = list_folder(tree, module_folders[i], versions);

		if (rc && rc != -ENOENT && rc != -ENOTDIR)
			return rc;
		folders += !rc;
	}
	if (versions->count)
		qsort(versions->name, versions->count, sizeof(*versions->name), compare_versions);
	return folders;
}

static void join_versions(const struct versions *versions, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < versions->count && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s", i ? ", " : "",
		                         versions->name[i]);
}

/* Says why there is nothing to take: no tree of modules at all, or none of this kernel. */
static int explain(const struct tree *tree, const char *version, const struct versions *versions,
                   int folders, struct why *why)
{
	char known[640];

	if (!folders)
		return why_set(
		        why, -ENOENT,
		        "%s/lib/modules: there is no such directory, nor %s/usr/lib/modules: "
		        "install a kernel package there, or name another tree with --root",
		        tree->root, tree->root);
	if (!versions->count)
		return why_set(
		        why, -ENOENT,
		        "%s/lib/modules: holds no kernel's modules: install a kernel package "
		        "there, or name another tree with --root",
		        tree->root);
	join_versions(versions, known, sizeof(known));
	if (!version)
		return why_set(why, -EINVAL, "--kernel VERSION: which one? %s/lib/modules has %s",
		               tree->root, known);
	return why_set(why, -ENOENT, "kernel %s: %s/lib/modules has no modules of it: it has %s",
	               version, tree->root, known);
}

static int open_modules(struct tree *tree, const char *version, struct why *why)
{
	for (int i = 0; i < FOLDERS; i++) {
		char *path;

		if (asprintf(&path, "%s/%s", module_folders[i], version) < 0)
			return why_memory(why);
		tree->modules_fd = tree_open_directory(tree, path);
		if (tree->modules_fd >= 0) {
			tree->modules = path;
			return 0;
		}
		free(path);
		if (tree->modules_fd != -ENOENT && tree->modules_fd != -ENOTDIR)
			return why_set(why, tree->modules_fd, "%s/%s/%s: %s", tree->root,
			               module_folders[i], version, strerror(-tree->modules_fd));
	}
	return -ENOENT;
}

/* libkmod reads depmod's binary indexes and is silent about what it cannot find. */
static int check_index(const struct tree *tree, struct why *why)
{
	if (!faccessat(tree->modules_fd, "modules.dep.bin", R_OK, 0))
		return 0;
	if (errno != ENOENT)
		return why_set(why, -errno, "%s/%s/modules.dep.bin: %s", tree->root, tree->modules,
		               strerror(errno));
	if (!holds_modules(tree->modules_fd, "."))
		return why_set(why, -ENOENT,
		               "%s/%s: holds no modules: install that kernel's package again",
		               tree->root, tree->modules);
	return why_set(why, -ENOENT, "%s/%s/modules.dep.bin: is missing: run 'depmod -b %s %s'",
	               tree->root, tree->modules, *tree->root ? tree->root : "/", tree->version);
}

static bool is_version(const char *version)
{
	return *version && *version != '.' && !strchr(version, '/');
}

static int find_modules(struct tree *tree, const char *version, struct why *why)
{
	struct versions versions = {0};
	int folders;
	int rc = version ? open_modules(tree, version, why) : -ENOENT;

	if (rc != -ENOENT)
		return rc;
	folders = list_versions(tree, &versions);
	if (folders < 0)
		rc = why_set(why, folders, "%s/lib/modules: %s", tree->root, strerror(-folders));
	else if (!version && versions.count == 1)
		rc = open_modules(tree, version = versions.name[0], why);
	else
		rc = explain(tree, version, &versions, folders, why);
	if (!rc) {
		tree->version = strdup(version);
		rc = tree->version ? 0 : why_memory(why);
	}
	free_versions(&versions);
	return rc;
}

int tree_open(struct tree *tree, const char *root, const char *version, struct why *why)
{
	size_t length = strlen(root);
	int rc;

	*tree = (struct tree){.root_fd = -1, .modules_fd = -1};
	if (version && !is_version(version))
		return why_set(why, -EINVAL, "kernel %s: is not a kernel version", version);
	while (length && root[length - 1] == '/')
		length--;
	tree->root = strndup(root, length);
	tree->version = version ? strdup(version) : NULL;
	if (!tree->root || (version && !tree->version))
		return why_memory(why);
	tree->root_fd = open(*root ? root : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (tree->root_fd < 0)
		return why_set(why, -errno, "%s: %s", root, strerror(errno));
	rc = find_modules(tree, version, why);
	return rc ? rc : check_index(tree, why);
}

void tree_close(struct tree *tree)
{
	if (tree->modules_fd >= 0)
		close(tree->modules_fd);
	if (tree->root_fd >= 0)
		close(tree->root_fd);
	free(tree->modules);
	free(tree->version);
	free(tree->root);
	*tree = (struct tree){.root_fd = -1, .modules_fd = -1};
}
