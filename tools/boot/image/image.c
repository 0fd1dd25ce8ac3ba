/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/boot/image/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/boot/image/cache.h"
#include "tools/boot/image/debugfs.h"
#include "tools/host/args.h"

static int read_image(void *context, uint64_t offset, void *to, size_t n)
{
	const struct image *image = context;
	ssize_t got = pread(image->fd, to, n, (off_t)offset);

	if (got < 0)
		return -errno;
	return (size_t)got == n ? 0 : -EIO;
}

/* ---- where the root is
 * ---------------------------------------------------------------------------- */

static bool is_directory(const struct debugfs *debugfs, const char *path)
{
	char *command = args_text("ls -p %s", path);
	struct debugfs_entry entry;
	int rc;
	char *output = debugfs_run(debugfs, command, &rc);
	const char *at = output;
	bool is = output && debugfs_next(&at, &entry) && !strcmp(entry.name, ".");

	free(output);
	free(command);
	return is;
}

static struct debugfs debugfs_of(const struct image *image, const struct disk_part *part,
                                 int signals)
{
	return (struct debugfs){image->fd, part->offset, signals};
}

static bool can_be_root(const char *file_system)
{
	static const char *const never[] = {"LUKS", "LVM", "swap", "vfat", "ISO 9660"};

	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		if (!strcmp(never[i], file_system))
			return false;
	return true;
}

static void note(struct image *image, const struct disk_part *part, const char *file_system)
{
	char *before = image->others;

	image->others = part->number
	                        ? args_text("%s%sp%u %s", before ? before : "", before ? ", " : "",
	                                    part->number, file_system ? file_system : "unknown")
	                        : args_text("%s", file_system ? file_system : "nothing known");
	free(before);
}

static void find_root(struct image *image, const struct disk *disk, int signals)
{
	const char *best = NULL;
	bool sure = false;

	for (size_t i = 0; i < disk->count && !sure; i++) {
		const struct disk_part *part = &disk->parts[i];
		const char *file_system = disk_file_system(read_image, image, part);
		struct debugfs debugfs = debugfs_of(image, part, signals);

		note(image, part, file_system);
		if (!file_system || !can_be_root(file_system))
			continue;
		sure = !strcmp(file_system, "ext4") && is_directory(&debugfs, "/lib/modules");
		if (best && !sure)
			continue;
		best = file_system;
		image->part = *part;
	}
	image->file_system = best ? args_text("%s", best) : NULL;
}

int image_open(struct image *image, const char *path, int signals)
{
	struct disk *disk;
	off_t size;
	int rc;

	*image = (struct image){.path = path, .fd = open(path, O_RDONLY | O_CLOEXEC)};
	if (image->fd < 0)
		return -errno;
	size = lseek(image->fd, 0, SEEK_END);
	if (size < 0)
		return -errno;
	image->size = (uint64_t)size;
	disk = calloc(1, sizeof(*disk));
	if (!disk)
		abort();
	rc = disk_partitions(disk, read_image, image, image->size);
	if (!rc)
		find_root(image, disk, signals);
	free(disk);
	return rc;
}

void image_close(struct image *image)
{
	if (image->fd >= 0)
		close(image->fd);
	free(image->file_system);
	free(image->others);
	image->fd = -1;
}

/* ---- which kernel
 * ----------------------------------------------------------------------------------- */

/* Everything that a directory of the image holds, or NULL with *rc (0: it is not there). */
static char *list(const struct debugfs *debugfs, const char *path, int *rc)
{
	char *command = args_text("ls -p %s", path);
	char *output = debugfs_run(debugfs, command, rc);

	free(command);
	return output;
}

static bool has(const char *listing, const char *name)
{
	struct debugfs_entry entry;

	while (debugfs_next(&listing, &entry))
		if (!strcmp(entry.name, name))
			return true;
	return false;
}

/* The versions are used in commands to debugfs: a name with blanks or quotes is no version. */
static bool is_version(const char *name)
{
	return *name && *name != '.' && !strpbrk(name, " \t\"'\\");
}

static const char vmlinuz_[] = "vmlinuz-";

/* The version in the name of a file in /boot, or NULL. */
static const char *version_of(const char *name)
{
	return strncmp(name, vmlinuz_, strlen(vmlinuz_)) ? NULL : name + strlen(vmlinuz_);
}

/* The newest version that has all that is wanted of it, or the one that is asked for; or NULL. */
static char *choose(const char *boot, const char *modules, const char *version, int what)
{
	const char *names = what & IMAGE_KERNEL ? boot : modules;
	char *best = NULL;
	struct debugfs_entry entry;

	while (debugfs_next(&names, &entry)) {
		const char *candidate = what & IMAGE_KERNEL ? version_of(entry.name) : entry.name;

		if (!candidate || !is_version(candidate) || (version && strcmp(version, candidate)))
			continue;
		if (what == (IMAGE_KERNEL | IMAGE_MODULES) && !has(modules, candidate))
			continue;
		if (best && strverscmp(best, candidate) > 0)
			continue;
		free(best);
		best = args_text("%s", candidate);
	}
	return best;
}

/* "6.1.0-56-amd64, 6.12.117+deb12-amd64": for a message about what is not among them. */
static char *versions(const char *modules)
{
	struct debugfs_entry entry;
	char *list_ = args_text("%s", "");

	while (debugfs_next(&modules, &entry)) {
		char *before = list_;

		if (!is_version(entry.name))
			continue;
		list_ = args_text("%s%s%s", before, *before ? ", " : "", entry.name);
		free(before);
	}
	return list_;
}

/* ---- taking it out
 * ---------------------------------------------------------------------------------- */

/* debugfs' "stat" of a file, without the access time: it changes when the file does. */
static char *identity_of(const struct debugfs *debugfs, const char *path, int *rc)
{
	char *command = args_text("stat %s", path);
	char *output = debugfs_run(debugfs, command, rc);
	char *atime = output ? strstr(output, " atime:") : NULL;

	if (atime)
		memset(atime, ' ', strcspn(atime, "\n"));
	free(command);
	return output;
}

/* What tells a file system from a copy that was made anew: its UUID and when it was made. */
static char *identify_file_system(struct image *image)
{
	enum { SUPERBLOCK = 1024, UUID = 0x68, MADE = 0x108 }; /* fs/ext4/ext4.h of the kernel */
	uint8_t bytes[16 + 4] = {0};
	char *hex = args_text("%s", "");

	read_image(image, image->part.offset + SUPERBLOCK + UUID, bytes, 16);
	read_image(image, image->part.offset + SUPERBLOCK + MADE, bytes + 16, 4);
	for (size_t i = 0; i < sizeof(bytes); i++) {
		char *before = hex;

		hex = args_text("%s%02x", before, bytes[i]);
		free(before);
	}
	return hex;
}

/* What tells this kernel from any other: its file system; its main files' place, length and age. */
static char *identify(struct image *image, const struct debugfs *debugfs, const char *version,
                      int what, int *rc)
{
	char *dep = args_text("/lib/modules/%s/modules.dep", version);
	char *boot = args_text("/boot/%s%s", vmlinuz_, version);
	char *a = what & IMAGE_MODULES ? identity_of(debugfs, dep, rc) : NULL;
	char *b = !*rc && what & IMAGE_KERNEL ? identity_of(debugfs, boot, rc) : NULL;
	char *fs = identify_file_system(image);
	char *all =
	        *rc < 0 ? NULL : args_text("%s %s\n%s\n%s", fs, version, a ? a : "", b ? b : "");

	free(fs);
	free(b);
	free(a);
	free(boot);
	free(dep);
	return all;
}

static int dump(const struct debugfs *debugfs, const char *command)
{
	int rc;

	free(debugfs_run(debugfs, command, &rc));
	return rc;
}

/* Fills a new cache entry. debugfs does not say whether it could: what came out is looked at. */
static int take_out(const struct debugfs *debugfs, const char *version, int what, const char *into)
{
	char *modules = args_text("%s/lib/modules", into);
	char *kernel = args_text("%s/vmlinuz", into);
	char *dep = args_text("%s/%s/modules.dep", modules, version);
	char *lib = args_text("%s/lib", into);
	char *command;
	struct stat st;
	int rc = mkdir(lib, 0755) < 0 || mkdir(modules, 0755) < 0 ? -errno : 0;

	if (!rc && what & IMAGE_MODULES) {
		command = args_text("rdump /lib/modules/%s \"%s\"", version, modules);
		rc = dump(debugfs, command);
		free(command);
	}
	if (!rc && what & IMAGE_KERNEL) {
		command = args_text("dump /boot/%s%s \"%s\"", vmlinuz_, version, kernel);
		rc = dump(debugfs, command);
		free(command);
	}
	if (!rc && what & IMAGE_MODULES && (stat(dep, &st) < 0 || !st.st_size))
		rc = -EIO;
	if (!rc && what & IMAGE_KERNEL && (stat(kernel, &st) < 0 || !st.st_size))
		rc = -EIO;
	free(lib);
	free(dep);
	free(kernel);
	free(modules);
	return rc;
}

/* From the cache, or into it. */
static int provide(struct image *image, const struct debugfs *debugfs, int what,
                   struct image_kernel *kernel, char **why)
{
	struct cache_entry entry;
	int rc = 0;
	char *identity = identify(image, debugfs, kernel->version, what, &rc);

	if (!identity)
		return rc;
	rc = cache_find(&entry, "kernels", identity);
	if (rc == -ENOENT) {
		rc = cache_begin(&entry, "kernels", identity);
		if (!rc)
			rc = take_out(debugfs, kernel->version, what, entry.path);
		if (!rc)
			rc = cache_commit(&entry);
		else
			cache_abort(&entry);
	}
	free(identity);
	if (rc < 0) {
		if (rc != -EINTR)
			*why = args_text("kernel %s cannot be taken out of the image to %s: %s",
			                 kernel->version, entry.path ? entry.path : "the cache",
			                 strerror(-rc));
		cache_release(&entry);
		return rc;
	}
	kernel->lock = entry.lock;
	kernel->directory = entry.path;
	kernel->vmlinuz = args_text("%s/vmlinuz", entry.path);
	return 0;
}

int image_take_kernel(struct image *image, const char *version, int what,
                      struct image_kernel *kernel, int signals, char **why)
{
	struct debugfs debugfs = debugfs_of(image, &image->part, signals);
	char *boot = NULL, *modules = NULL, *there;
	int rc = 0;

	*kernel = (struct image_kernel){.lock = -1};
	if (!image->file_system || strcmp(image->file_system, "ext4")) {
		*why = args_text(
		        "no ext4 file system in it to take a kernel out of (%s): give --kernel "
		        "FILE and --initrd FILE",
		        image->others);
		return -ENODATA;
	}
	boot = list(&debugfs, "/boot", &rc);
	if (boot)
		modules = list(&debugfs, "/lib/modules", &rc);
	if (modules)
		kernel->version = choose(boot, modules, version, what);
	if (modules && !kernel->version) {
		there = versions(modules);
		*why = version ? args_text("no %s %s in it (there are: %s)",
		                           what & IMAGE_KERNEL ? "kernel" : "modules for kernel",
		                           version, *there ? there : "none")
		               : args_text("no /boot/vmlinuz-VERSION with its /lib/modules/VERSION "
		                           "in "
		                           "it: give --kernel FILE and --initrd FILE");
		free(there);
		rc = -ESRCH;
	}
	if (kernel->version)
		rc = provide(image, &debugfs, what, kernel, why);
	free(modules);
	free(boot);
	return rc;
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
