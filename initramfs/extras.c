/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initramfs/extras.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "initramfs/elffile.h"

/* In init-blob.S, which programs that only test us are linked without. */
extern const unsigned char init_blob_start[] __attribute__((weak));
extern const unsigned char init_blob_end[] __attribute__((weak));

#define FILE_LIMIT ((size_t)1 << 30)

int extras_add_skeleton(struct content *content, struct why *why)
{
	/* /root is the new root's mount point; the others are what the init mounts and makes. */
	static const char *const directories[] = {"dev", "proc", "sys", "run", "root"};
	/* Numbers: the kernel's Documentation/admin-guide/devices.txt. */
	static const struct {
		const char *path;
		unsigned int major, minor;
	} nodes[] = {{"dev/console", 5, 1}, {"dev/kmsg", 1, 11}, {"dev/null", 1, 3}};
	int rc = 0;

	for (size_t i = 0; !rc && i < sizeof(directories) / sizeof(directories[0]); i++)
		rc = content_add_directory(content, directories[i], "the init's");
	for (size_t i = 0; !rc && i < sizeof(nodes) / sizeof(nodes[0]); i++)
		rc = content_add_character_device(content, nodes[i].path, nodes[i].major,
		                                  nodes[i].minor, "the kernel's and the init's");
	return rc ? why_memory(why) : 0;
}

static int read_file(const char *path, struct buffer *buffer, struct why *why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	int rc;

	if (fd < 0)
		return why_set(why, -errno, "%s: %s", path, strerror(errno));
	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		rc = why_set(why, -EINVAL, "%s: is not a regular file", path);
	else if ((rc = buffer_read(buffer, fd, FILE_LIMIT)))
		rc = why_set(why, rc, "%s: %s", path, strerror(-rc));
	close(fd);
	return rc;
}

/* Adds TEXT as a file, or releases it. */
static int add_text(struct content *content, const char *path, mode_t permissions,
                    struct buffer *text, const char *reason, struct why *why)
{
	if (!content_add_text(content, path, permissions, text, reason))
		return 0;
	buffer_free(text);
	return why_memory(why);
}

/* What the kernel calls when it misses a module (CONFIG_MODPROBE_PATH) is the init too. */
static int add_modprobe(struct content *content, struct why *why)
{
	return content_add_symlink(content, "sbin/modprobe", "/init", "the kernel's own requests")
	               ? why_memory(why)
	               : 0;
}

int extras_add_init(struct content *content, const char *file, struct why *why)
{
	struct buffer data = {0};
	const char *interpreter;
	int rc;

	if (!file) {
		if (!init_blob_start)
			return why_set(why, -ENOENT,
			               "this program carries no init: give --init FILE");
		rc = content_add_file(content, "init", 0755, init_blob_start,
		                      (size_t)(init_blob_end - init_blob_start), "the init");
		return rc ? why_memory(why) : add_modprobe(content, why);
	}
	rc = read_file(file, &data, why);
	if (!rc && !data.size)
		rc = why_set(why, -ENOEXEC, "%s: is empty", file);
	interpreter = rc ? NULL : elffile_interpreter(&data);
	if (interpreter)
		rc = why_set(why, -ENOEXEC,
		             "%s: is not a static program: it needs %s, which the image does not "
		             "have",
		             file, interpreter);
	if (!rc)
		return add_text(content, "init", 0755, &data, "--init", why);
	buffer_free(&data);
	return rc;
}

int extras_add_shell(struct content *content, const char *busybox, struct why *why)
{
	static const char remedy[] = "install the package busybox-static, or leave --shell out";
	struct buffer data = {0};
	int rc;

	if (access(busybox, F_OK))
		return why_set(why, -errno, "%s: %s: %s", busybox, strerror(errno), remedy);
	rc = read_file(busybox, &data, why);
	if (!rc && elffile_interpreter(&data))
		rc = why_set(why, -ENOEXEC, "%s: is not a static program: %s", busybox, remedy);
	if (rc) {
		buffer_free(&data);
		return rc;
	}
	rc = add_text(content, "bin/busybox", 0755, &data, "--shell", why);
	if (!rc && content_add_symlink(content, "bin/sh", "busybox", "--shell"))
		rc = why_memory(why);
	return rc;
}

static int add_path(struct content *content, const char *source, const char *target,
                    struct why *why);

static int add_link(struct content *content, const char *source, const char *target,
                    struct why *why)
{
	char text[PATH_MAX];
	ssize_t length = readlink(source, text, sizeof(text) - 1);

	if (length < 0)
		return why_set(why, -errno, "%s: %s", source, strerror(errno));
	text[length] = '\0';
	return content_add_symlink(content, target, text, "--add") ? why_memory(why) : 0;
}

static int not_dots(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
}

static int add_directory(struct content *content, const char *source, const char *target,
                         struct why *why)
{
	struct dirent **entries;
	int count = scandir(source, &entries, not_dots, NULL);
	int rc = 0;

	if (count < 0)
		return why_set(why, -errno, "%s: %s", source, strerror(errno));
	if (*target && content_add_directory(content, target, "--add"))
		rc = why_memory(why);
	for (int i = 0; i < count; i++) {
		char *below = NULL, *as = NULL;

		if (!rc &&
		    (asprintf(&below, "%s/%s", source, entries[i]->d_name) < 0 ||
		     asprintf(&as, "%s%s%s", target, *target ? "/" : "", entries[i]->d_name) < 0))
			rc = why_memory(why);
		if (!rc)
			rc = add_path(content, below, as, why);
		free(below);
		free(as);
		free(entries[i]);
	}
	free(entries);
	return rc;
}

static int add_path(struct content *content, const char *source, const char *target,
                    struct why *why)
{
	struct buffer data = {0};
	struct stat st;
	int rc;

	if (lstat(source, &st))
		return why_set(why, -errno, "%s: %s", source, strerror(errno));
	if (S_ISLNK(st.st_mode))
		return add_link(content, source, target, why);
	if (S_ISDIR(st.st_mode))
		return add_directory(content, source, target, why);
	rc = read_file(source, &data, why);
	if (!rc)
		return add_text(content, target, st.st_mode & 0111 ? 0755 : 0644, &data, "--add",
		                why);
	buffer_free(&data);
	return rc;
}

/* The place in the image: no slash at either end, no "." or ".." or empty parts. NULL: it has some.
 */
static char *clean_target(const char *target, const char *base)
{
	char *clean = malloc(strlen(target) + strlen(base) + 2);
	size_t length = 0;
	bool wants_base = !*target || target[strlen(target) - 1] == '/';

	if (!clean)
		return NULL;
	for (const char *part = target; *part;) {
		size_t size = strcspn(part, "/");

		if ((size == 1 && *part == '.') || (size == 2 && !strncmp(part, "..", 2))) {
			free(clean);
			return NULL;
		}
		if (size) {
			if (length)
				clean[length++] = '/';
			memcpy(clean + length, part, size);
			length += size;
		}
		part += size + (part[size] == '/');
	}
	if (wants_base) {
		if (length)
			clean[length++] = '/';
		memcpy(clean + length, base, strlen(base));
		length += strlen(base);
	}
	clean[length] = '\0';
	return clean;
}

int extras_add_file(struct content *content, const char *pair, struct why *why)
{
	const char *colon = strchr(pair, ':');
	char *source = colon ? strndup(pair, (size_t)(colon - pair)) : strdup(pair);
	char *target = NULL;
	char *real = NULL;
	const char *base;
	int rc;

	if (!source)
		return why_memory(why);
	/* What the user names is what he means: here, and only here, links are followed. */
	real = realpath(source, NULL);
	if (!real) {
		rc = why_set(why, -errno, "--add %s: %s: %s", pair, source, strerror(errno));
		goto out;
	}
	for (size_t end = strlen(source); end > 1 && source[end - 1] == '/'; end--)
		source[end - 1] = '\0';
	base = strrchr(source, '/');
	target = clean_target(colon ? colon + 1 : source, base ? base + 1 : source);
	if (!target || !*target)
		rc = why_set(why, -EINVAL,
		             "--add %s: the place in the image must be a path without '.' and '..'",
		             pair);
	else
		rc = add_path(content, real, target, why);
out:
	free(real);
	free(target);
	free(source);
	return rc;
}
