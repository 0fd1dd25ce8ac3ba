/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/disk/firmware.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/host/args.h"
#include "tools/unpack/decompress.h"

/* Larger than any module is. */
enum { MODULE_LIMIT = 64 << 20 };

/* Where the drivers of network cards are, and those that were added to a kernel. */
static const char *const places[] = {"kernel/drivers/net", "updates", "extra"};
/* No root is mounted over these. */
static const char wireless[] = "wireless";

/* Where the kernel looks, in its order (drivers/base/firmware_loader/main.c), below /lib/firmware.
 */
static const struct {
	const char *folder;
	bool versioned; /* in it, a folder of the version */
} folders[] = {{"updates/", true}, {"updates/", false}, {"", true}, {"", false}};
static const char *const suffixes[] = {"", ".xz", ".zst"};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct search {
	struct ext4 *ext4;
	const char *version;
	int into;
	struct why *why;
};

/* A file below the folders, which it may not leave. */
static bool is_plain(const char *name)
{
	if (!*name || strlen(name) > 200 || strpbrk(name, "*?["))
		return false;
	for (const char *part = name; part; part = strchr(part, '/')) {
		part += *part == '/';
		if (*part == '.' || *part == '/' || !*part)
			return false;
	}
	return *name != '/';
}

/* 1: there is one. */
static int take_path(struct search *search, const char *path)
{
	struct why why;
	int rc;

	if (!faccessat(search->into, path + 1, F_OK, 0))
		return 1;
	if (ext4_is_directory(search->ext4, path))
		return 0;
	rc = ext4_take_below(search->ext4, path, search->into, &why);
	if (rc == -ENOENT || rc == -ELOOP)
		return 0;
	if (rc)
		*search->why = why;
	return rc ? rc : 1;
}

/* The first of a file's forms that there is. */
static int take_file(struct search *search, const char *name)
{
	int rc = 0;

	for (size_t f = 0; !rc && f < COUNT(folders); f++) {
		for (size_t s = 0; !rc && s < COUNT(suffixes); s++) {
			bool versioned = folders[f].versioned;
			char *path = args_text("/lib/firmware/%s%s%s%s%s", folders[f].folder,
			                       versioned ? search->version : "",
			                       versioned ? "/" : "", name, suffixes[s]);

			rc = take_path(search, path);
			free(path);
		}
	}
	return rc < 0 ? rc : 0;
}

/* A module says so in its section .modinfo: strings, one behind the other. */
static int take_wanted(struct search *search, const struct buffer *module)
{
	static const char key[] = "\0firmware=";
	const unsigned char *at = module->data, *end = module->data + module->size;
	int rc = 0;

	while (!rc && at && (at = memmem(at, (size_t)(end - at), key, sizeof(key) - 1))) {
		const char *name = (const char *)at + sizeof(key) - 1;

		at = memchr(name, '\0', (size_t)(end - (const unsigned char *)name));
		if (at && is_plain(name))
			rc = take_file(search, name);
	}
	return rc;
}

/* One that is too large or cannot be unpacked is told by who makes the initrd. */
static int look_into_module(struct search *search, int directory, const char *name)
{
	int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), rc;
	struct buffer module = {0};
	struct why why;

	if (fd < 0)
		return 0;
	rc = buffer_read(&module, fd, MODULE_LIMIT);
	close(fd);
	if (rc == -EFBIG)
		rc = 0;
	else if (!rc && !decompress_data(&module, MODULE_LIMIT, &why))
		rc = take_wanted(search, &module);
	buffer_free(&module);
	return rc;
}

static int look_into_folder(struct search *search, int directory, const char *name)
{
	int fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), rc = 0;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	while (!rc && dir && (entry = readdir(dir))) {
		if (*entry->d_name == '.' || !strcmp(entry->d_name, wireless))
			continue;
		rc = entry->d_type == DT_DIR        ? look_into_folder(search, fd, entry->d_name)
		     : strstr(entry->d_name, ".ko") ? look_into_module(search, fd, entry->d_name)
		                                    : 0;
	}
	if (dir)
		closedir(dir);
	return rc;
}

int firmware_take(struct ext4 *ext4, const char *version, int into, struct why *why)
{
	struct search search = {ext4, version, into, why};
	int rc = 0;

	for (size_t i = 0; !rc && i < COUNT(places); i++) {
		char *path = args_text("lib/modules/%s/%s", version, places[i]);

		rc = look_into_folder(&search, into, path);
		free(path);
	}
	return rc;
}
