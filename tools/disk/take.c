/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/disk/cache.h"
#include "tools/disk/image.h"
#include "tools/disk/reader.h"
#include "tools/disk/versions.h"
#include "tools/host/args.h"
#include "tools/host/files.h"

/* How often a kernel that is replaced while it is taken out is looked at anew. */
enum { TRIES = 3 };

/* What is asked of the other process about one kernel. */
struct order {
	const char *version;
	int what;
	const char *into; /* a directory of the cache */
};

static struct reader reader_of(const struct image *image)
{
	return (struct reader){image->fd, image->part.offset, image->signals};
}

/* ---- which kernel -------------------------------------------------------------------------------
 */

static int choose_version(struct ext4 *ext4, void *context, struct buffer *output, struct why *why)
{
	const struct order *order = context;
	struct versions versions = {0};
	int rc = versions_read(&versions, ext4, why);
	char *found = rc ? NULL : versions_choose(&versions, order->version, order->what, NULL);

	if (!rc && !found)
		rc = versions_tell_missing(&versions, order->version, order->what, why);
	else if (!rc && buffer_append(output, found, strlen(found) + 1))
		rc = why_memory(why);
	free(found);
	versions_free(&versions);
	return rc;
}

static int find_version(const struct image *image, const char *version, int what, char **found,
                        struct why *why)
{
	const struct reader reader = reader_of(image);
	struct order order = {.version = version, .what = what};
	struct buffer output = {0};
	int rc = reader_run(&reader, choose_version, &order, &output, why);
	struct why seen;

	if (!rc)
		*found = args_text("%s", (const char *)output.data);
	seen = *why;
	if (rc == -ESRCH && !version)
		why_set(why, rc, "%.900s: give --kernel FILE and --initrd FILE", seen.text);
	buffer_free(&output);
	return rc;
}

/* ---- taking it out
 * ------------------------------------------------------------------------------- */

/* What tells this kernel from any other. */
static int identify(struct ext4 *ext4, void *context, struct buffer *output, struct why *why)
{
	const struct order *order = context;
	char *dep = args_text("/lib/modules/%s/modules.dep", order->version);
	char *boot = versions_boot_path("vmlinuz", order->version);
	int rc = buffer_printf(output, "%s\n", order->version) ? why_memory(why) : 0;

	if (!rc && order->what & IMAGE_MODULES)
		rc = ext4_identity(ext4, dep, output, why);
	if (!rc && order->what & IMAGE_KERNEL)
		rc = ext4_identity(ext4, boot, output, why);
	free(boot);
	free(dep);
	return rc;
}

/* What a try before has left there goes. */
static void clear(const char *directory)
{
	char *modules = args_text("%s/lib", directory),
	     *kernel = args_text("%s/vmlinuz", directory);

	files_remove_tree(modules);
	unlink(kernel);
	free(kernel);
	free(modules);
}

/* Fills a new cache entry, and says what it is now that is taken. */
static int take_out(struct ext4 *ext4, void *context, struct buffer *output, struct why *why)
{
	const struct order *order = context;
	char *boot = versions_boot_path("vmlinuz", order->version);
	int into = open(order->into, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char *modules = args_text("/lib/modules/%s", order->version);
	int rc = into < 0 ? why_set(why, -errno, "%s: %s", order->into, strerror(errno)) : 0;

	if (!rc) {
		clear(order->into);
		rc = identify(ext4, context, output, why);
	}
	if (!rc && order->what & IMAGE_MODULES)
		rc = ext4_take_below(ext4, modules, into, why);
	if (!rc && order->what & IMAGE_KERNEL)
		rc = ext4_take(ext4, boot, into, "vmlinuz", why);
	if (into >= 0)
		close(into);
	free(modules);
	free(boot);
	return rc;
}

/* -EAGAIN: what was taken is not what was identified before. */
static int fill(const struct image *image, struct order *order, const char *identity,
                struct cache_entry *entry, struct why *why)
{
	const struct reader reader = reader_of(image);
	struct buffer now = {0};
	int rc;

	order->into = entry->path;
	rc = reader_run(&reader, take_out, order, &now, why);
	if (rc)
		rc = image_explain(image, rc, why);
	else if (now.size != strlen(identity) || memcmp(now.data, identity, now.size) != 0)
		rc = why_set(why, -EAGAIN, "it was changed meanwhile: try again");
	buffer_free(&now);
	if (rc) {
		cache_abort(entry);
		return rc;
	}
	rc = cache_commit(entry);
	return rc ? why_set(why, rc, "%s: %s", entry->path, strerror(-rc)) : 0;
}

/* From the cache, or into it. */
static int provide(const struct image *image, struct order *order, const char *identity,
                   struct cache_entry *entry, struct why *why)
{
	int rc = cache_find(entry, "kernels", identity);

	if (!rc)
		return 0;
	if (rc == -ENOENT)
		rc = cache_begin(entry, "kernels", identity);
	if (rc)
		return why_set(why, rc, "%s: %s", entry->path ? entry->path : "the cache",
		               strerror(-rc));
	return fill(image, order, identity, entry, why);
}

static int try_version(const struct image *image, struct order *order, struct cache_entry *entry,
                       struct why *why)
{
	const struct reader reader = reader_of(image);
	struct buffer identity = {0};
	int rc = reader_run(&reader, identify, order, &identity, why);

	if (rc)
		rc = image_explain(image, rc, why);
	else if (buffer_append(&identity, "", 1))
		rc = why_memory(why);
	else
		rc = provide(image, order, (const char *)identity.data, entry, why);
	buffer_free(&identity);
	if (rc)
		cache_release(entry);
	return rc;
}

static int take_version(const struct image *image, int what, struct image_kernel *kernel,
                        struct why *why)
{
	struct order order = {.version = kernel->version, .what = what};
	struct cache_entry entry = {.lock = -1};
	int rc = -EAGAIN;

	for (unsigned i = 0; rc == -EAGAIN && i < TRIES; i++)
		rc = try_version(image, &order, &entry, why);
	if (rc)
		return rc;
	kernel->lock = entry.lock;
	kernel->directory = entry.path;
	kernel->vmlinuz = args_text("%s/vmlinuz", entry.path);
	return 0;
}

int image_take_kernel(const struct image *image, const char *version, int what,
                      struct image_kernel *kernel, struct why *why)
{
	struct why reason;
	int rc;

	*kernel = (struct image_kernel){.lock = -1};
	if (!image->file_system || strcmp(image->file_system, "ext4"))
		return why_set(why, -ENODATA,
		               "no ext4 file system in it to take a kernel out of (%s): give "
		               "--kernel FILE and --initrd FILE",
		               image->others);
	rc = find_version(image, version, what, &kernel->version, why);
	if (rc)
		return image_explain(image, rc, why);
	rc = take_version(image, what, kernel, why);
	reason = *why;
	return !rc || rc == -EINTR ? rc
	                           : why_set(why, rc, "kernel %s cannot be taken out of it: %.900s",
	                                     kernel->version, reason.text);
}

void image_kernel_free(struct image_kernel *kernel)
{
	free(kernel->version);
	free(kernel->directory);
	free(kernel->vmlinuz);
	if (kernel->lock >= 0)
		close(kernel->lock);
	*kernel = (struct image_kernel){.lock = -1};
}
