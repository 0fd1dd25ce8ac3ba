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
#include "tools/host/args.h"

static const char vmlinuz_[] = "vmlinuz-";

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

/* Says what is to be done about damage; other reasons are told already. */
static int explain(const struct image *image, int rc, struct why *why)
{
	struct why seen = *why;
	char at[32] = "";

	if (rc != -EUCLEAN)
		return rc;
	if (image->part.offset)
		snprintf(at, sizeof(at), "?offset=%llu", (unsigned long long)image->part.offset);
	return why_set(why, rc, "its ext4 is damaged (%.300s): mend it: e2fsck -f '%.500s%s'",
	               seen.text, image->path, at);
}

/* ---- which kernel -------------------------------------------------------------------------------
 */

/* The names in a directory, or none when it is not there. */
static int list(struct ext4 *ext4, void *path, struct buffer *output, struct why *why)
{
	int rc = ext4_names(ext4, path, output, why);

	return rc == -ENOENT ? 0 : rc;
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

/* The newest version that has all that is wanted of it, or the one that is asked for; or NULL. */
static char *choose(const struct buffer *boot, const struct buffer *modules, const char *version,
                    int what)
{
	const char *best = NULL, *name;
	size_t at = 0;

	while (next_name(what & IMAGE_KERNEL ? boot : modules, &at, &name)) {
		const char *candidate = what & IMAGE_KERNEL ? version_of(name) : name;

		if (!candidate || !is_version(candidate) || (version && strcmp(version, candidate)))
			continue;
		if (what == (IMAGE_KERNEL | IMAGE_MODULES) && !has(modules, candidate))
			continue;
		if (!best || strverscmp(best, candidate) < 0)
			best = candidate;
	}
	return best ? args_text("%s", best) : NULL;
}

/* "6.1.0-56-amd64, 6.12.117+deb12-amd64": for a message about what is not among them. */
static char *versions(const struct buffer *modules)
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

static int tell_missing(const struct buffer *modules, const char *version, int what,
                        struct why *why)
{
	char *there;

	if (!version)
		return why_set(why, -ESRCH,
		               "no /boot/vmlinuz-VERSION with its /lib/modules/VERSION in it: give "
		               "--kernel FILE and --initrd FILE");
	there = versions(modules);
	why_set(why, -ESRCH, "no %s %s in it (there are: %s)",
	        what & IMAGE_KERNEL ? "kernel" : "modules for kernel", version,
	        *there ? there : "none");
	free(there);
	return -ESRCH;
}

static int find_version(const struct image *image, const char *version, int what, char **found,
                        struct why *why)
{
	static char boot_path[] = "/boot", modules_path[] = "/lib/modules";
	const struct reader reader = reader_of(image);
	struct buffer boot = {0}, modules = {0};
	int rc = reader_run(&reader, list, boot_path, &boot, why);

	if (!rc)
		rc = reader_run(&reader, list, modules_path, &modules, why);
	if (!rc) {
		*found = choose(&boot, &modules, version, what);
		rc = *found ? 0 : tell_missing(&modules, version, what, why);
	}
	buffer_free(&modules);
	buffer_free(&boot);
	return rc;
}

/* ---- taking it out
 * ------------------------------------------------------------------------------- */

/* What tells this kernel from any other. */
static int identify(struct ext4 *ext4, void *context, struct buffer *output, struct why *why)
{
	const struct order *order = context;
	char *dep = args_text("/lib/modules/%s/modules.dep", order->version);
	char *boot = args_text("/boot/%s%s", vmlinuz_, order->version);
	int rc = buffer_printf(output, "%s\n", order->version) ? why_memory(why) : 0;

	if (!rc && order->what & IMAGE_MODULES)
		rc = ext4_identity(ext4, dep, output, why);
	if (!rc && order->what & IMAGE_KERNEL)
		rc = ext4_identity(ext4, boot, output, why);
	free(boot);
	free(dep);
	return rc;
}

static int take_modules(struct ext4 *ext4, const struct order *order, int into, struct why *why)
{
	char *from = args_text("/lib/modules/%s", order->version);
	int modules = mkdirat(into, "lib", 0755) < 0 || mkdirat(into, "lib/modules", 0755) < 0
	                      ? -1
	                      : openat(into, "lib/modules", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = modules < 0 ? why_set(why, -errno, "%s: %s", order->into, strerror(errno))
	                     : ext4_take(ext4, from, modules, order->version, why);

	if (modules >= 0)
		close(modules);
	free(from);
	return rc;
}

/* Fills a new cache entry. */
static int take_out(struct ext4 *ext4, void *context, struct buffer *output, struct why *why)
{
	const struct order *order = context;
	char *boot = args_text("/boot/%s%s", vmlinuz_, order->version);
	int into = open(order->into, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = into < 0 ? why_set(why, -errno, "%s: %s", order->into, strerror(errno)) : 0;

	(void)output;
	if (!rc && order->what & IMAGE_MODULES)
		rc = take_modules(ext4, order, into, why);
	if (!rc && order->what & IMAGE_KERNEL)
		rc = ext4_take(ext4, boot, into, "vmlinuz", why);
	if (into >= 0)
		close(into);
	free(boot);
	return rc;
}

static int fill(const struct image *image, struct order *order, struct cache_entry *entry,
                struct why *why)
{
	const struct reader reader = reader_of(image);
	int rc;

	order->into = entry->path;
	rc = reader_run(&reader, take_out, order, NULL, why);
	if (rc) {
		cache_abort(entry);
		return explain(image, rc, why);
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
	return fill(image, order, entry, why);
}

static int take_version(const struct image *image, int what, struct image_kernel *kernel,
                        struct why *why)
{
	const struct reader reader = reader_of(image);
	struct order order = {.version = kernel->version, .what = what};
	struct buffer identity = {0};
	struct cache_entry entry = {.lock = -1};
	int rc = reader_run(&reader, identify, &order, &identity, why);

	if (rc)
		rc = explain(image, rc, why);
	else if (buffer_append(&identity, "", 1))
		rc = why_memory(why);
	else
		rc = provide(image, &order, (const char *)identity.data, &entry, why);
	buffer_free(&identity);
	if (rc) {
		cache_release(&entry);
		return rc;
	}
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
		return explain(image, rc, why);
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
