/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/base/hash.h"
#include "tools/disk/firmware.h"
#include "tools/disk/image.h"
#include "tools/disk/reader.h"
#include "tools/disk/versions.h"
#include "tools/host/args.h"
#include "tools/host/files.h"

/* Where there may be soft dependencies, which an initrd is made by. */
static const char *const configurations[] = {"/etc/modprobe.d", "/usr/local/lib/modprobe.d",
                                             "/lib/modprobe.d"};
enum { CONFIGURATIONS = sizeof(configurations) / sizeof(configurations[0]) };

/* What is asked of the other process. Its output: the version, the identity, what was passed over,
 * a '\0' behind each. */
struct order {
	const char *version; /* NULL: the newest */
	const char *known;   /* an identity that need not be taken */
	const char *into;
};

/* The paths of one version. */
struct paths {
	char *kernel, *config, *modules, *list;
};

static struct paths paths_of(const char *version)
{
	return (struct paths){versions_boot_path("vmlinuz", version),
	                      versions_boot_path("config", version),
	                      args_text("/lib/modules/%s", version),
	                      args_text("/lib/modules/%s/modules.dep", version)};
}

static void free_paths(struct paths *paths)
{
	free(paths->kernel);
	free(paths->config);
	free(paths->modules);
	free(paths->list);
}

/* What need not be there. */
static int absent(int rc)
{
	return rc == -ENOENT || rc == -ELOOP ? 0 : rc;
}

/* ---- which ------------------------------------------------------------------------------------
 */

/* A kernel that is being installed has no list of its modules yet: its package makes that last. */
static bool is_complete(struct ext4 *ext4, const char *version)
{
	struct paths paths = paths_of(version);
	struct buffer identity = {0};
	struct why why;
	bool is = !ext4_identity(ext4, paths.list, &identity, &why);

	buffer_free(&identity);
	free_paths(&paths);
	return is;
}

/* The newest that is complete; *passed is the newest of all if it is not. */
static char *choose(struct ext4 *ext4, const struct versions *versions, const char *version,
                    char **passed)
{
	char *found = versions_choose(versions, version, IMAGE_KERNEL | IMAGE_MODULES, NULL);

	while (found && !version && !is_complete(ext4, found)) {
		char *older = versions_choose(versions, NULL, IMAGE_KERNEL | IMAGE_MODULES, found);

		if (*passed)
			free(found);
		else
			*passed = found;
		found = older;
	}
	return found;
}

static int find(struct ext4 *ext4, const char *version, char **found, char **passed,
                struct why *why)
{
	struct versions versions = {0};
	int rc = versions_read(&versions, ext4, why);

	if (!rc) {
		*found = choose(ext4, &versions, version, passed);
		if (!*found && *passed)
			rc = why_set(why, -ESRCH, "its only kernel, %s, is not installed yet",
			             *passed);
		else if (!*found)
			rc = versions_tell_missing(&versions, version, IMAGE_KERNEL | IMAGE_MODULES,
			                           why);
	}
	versions_free(&versions);
	return rc;
}

/* ---- what it is
 * --------------------------------------------------------------------------------- */

static int identify(struct ext4 *ext4, const struct paths *paths, struct buffer *lines,
                    struct why *why)
{
	int rc = ext4_identity(ext4, paths->kernel, lines, why);

	if (!rc)
		rc = ext4_identity(ext4, paths->list, lines, why);
	if (!rc)
		rc = absent(ext4_identity(ext4, paths->config, lines, why));
	if (!rc)
		rc = ext4_identity_below(ext4, paths->modules, false, lines, why);
	for (size_t i = 0; !rc && i < CONFIGURATIONS; i++)
		rc = absent(ext4_identity_below(ext4, configurations[i], true, lines, why));
	if (!rc)
		rc = absent(ext4_identity_below(ext4, "/lib/firmware", false, lines, why));
	return rc;
}

/* ---- taking it
 * ---------------------------------------------------------------------------------- */

static int take_all(struct ext4 *ext4, const char *version, const struct paths *paths, int into,
                    struct why *why)
{
	int rc = ext4_take(ext4, paths->kernel, into, "vmlinuz", why);

	if (!rc)
		rc = absent(ext4_take_below(ext4, paths->config, into, why));
	if (!rc)
		rc = ext4_take_below(ext4, paths->modules, into, why);
	for (size_t i = 0; !rc && i < CONFIGURATIONS; i++)
		rc = absent(ext4_take_below(ext4, configurations[i], into, why));
	return rc ? rc : firmware_take(ext4, version, into, why);
}

/* Into a directory that is made anew, since it is done again when something was written. */
static int fill(struct ext4 *ext4, const char *version, const struct paths *paths,
                const char *directory, struct why *why)
{
	int into, rc;

	files_remove_tree(directory);
	into = mkdir(directory, 0755) < 0 ? -1
	                                  : open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (into < 0)
		return why_set(why, -errno, "%s: %s", directory, strerror(errno));
	rc = take_all(ext4, version, paths, into, why);
	close(into);
	return rc;
}

static int take_version(struct ext4 *ext4, const struct order *order, const char *version,
                        const char *passed, struct buffer *output, struct why *why)
{
	struct paths paths = paths_of(version);
	struct buffer lines = {0};
	int rc = identify(ext4, &paths, &lines, why);
	char *identity = rc ? NULL
	                    : args_text("%s %016llx", version,
	                                (unsigned long long)hash_bytes(lines.data, lines.size));

	if (!rc && !(order->known && strstr(order->known, identity)))
		rc = fill(ext4, version, &paths, order->into, why);
	if (!rc && (buffer_append(output, version, strlen(version) + 1) ||
	            buffer_append(output, identity, strlen(identity) + 1) ||
	            buffer_append(output, passed ? passed : "", passed ? strlen(passed) + 1 : 1)))
		rc = why_memory(why);
	free(identity);
	buffer_free(&lines);
	free_paths(&paths);
	return rc;
}

static int take(struct ext4 *ext4, void *context, struct buffer *output, struct why *why)
{
	const struct order *order = context;
	char *version = NULL, *passed = NULL;
	int rc = find(ext4, order->version, &version, &passed, why);

	if (!rc)
		rc = take_version(ext4, order, version, passed, output, why);
	free(passed);
	free(version);
	return rc;
}

/* ---- the door
 * ----------------------------------------------------------------------------------- */

static void read_output(struct image_tree *tree, const struct buffer *output, const char *known)
{
	const char *version = (const char *)output->data;
	const char *identity = version + strlen(version) + 1;
	const char *passed = identity + strlen(identity) + 1;

	*tree = (struct image_tree){.version = args_text("%s", version),
	                            .identity = args_text("%s", identity),
	                            .passed = *passed ? args_text("%s", passed) : NULL,
	                            .taken = !known || !strstr(known, identity)};
}

int image_take_tree(const struct image *image, const char *version, const char *known,
                    const char *directory, struct image_tree *tree, struct why *why)
{
	const struct reader reader = {image->fd, image->part.offset, image->signals};
	struct order order = {version, known, directory};
	struct buffer output = {0};
	int rc;

	*tree = (struct image_tree){0};
	if (!image->file_system || strcmp(image->file_system, "ext4"))
		return why_set(why, -ENODATA,
		               "no ext4 file system in it to take a kernel out of (%s)",
		               image->others);
	rc = reader_run(&reader, take, &order, &output, why);
	if (!rc)
		read_output(tree, &output, known);
	buffer_free(&output);
	return image_explain(image, rc, why);
}

void image_tree_free(struct image_tree *tree)
{
	free(tree->version);
	free(tree->identity);
	free(tree->passed);
	*tree = (struct image_tree){0};
}
