/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initramfs/firmware.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/unpack/decompress.h"

#define FIRMWARE_LIMIT ((size_t)256 << 20)

/* Where the kernel looks, in its order (drivers/base/firmware_loader/main.c); %s is the version. */
static const char *const folders[] = {"lib/firmware/updates/%s/", "lib/firmware/updates/",
                                      "lib/firmware/%s/", "lib/firmware/",
                                      /* a tree that merged /lib without its link */
                                      "usr/lib/firmware/"};
static const char *const suffixes[] = {"", ".xz", ".zst"};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The module's word for a file below the folders; it may not leave them. */
static bool is_plain(const char *name)
{
	if (!*name || *name == '/' || strlen(name) > 200 || strpbrk(name, "*?["))
		return false;
	for (const char *part = name; part; part = strchr(part, '/')) {
		part += *part == '/';
		if (*part == '.' || *part == '/' || !*part)
			return false;
	}
	return true;
}

/* Reads the first that there is into DATA; its path goes into PATH. -ENOENT: there is none. */
static int read_first(const struct tree *tree, const char *name, struct buffer *data, char *path,
                      size_t size)
{
	for (size_t f = 0; f < COUNT(folders); f++)
		for (size_t s = 0; s < COUNT(suffixes); s++) {
			bool versioned = strstr(folders[f], "%s");
			size_t length = strcspn(folders[f], "%");
			int rc;

			snprintf(path, size, "%.*s%s%s%s%s", (int)length, folders[f],
			         versioned ? tree->version : "", versioned ? "/" : "", name,
			         suffixes[s]);
			rc = tree_read(tree, path, FIRMWARE_LIMIT, data);
			/* A folder (-EINVAL) of that name is none, to the kernel neither. */
			if (rc != -ENOENT && rc != -ENOTDIR && rc != -EINVAL)
				return rc;
		}
	return -ENOENT;
}

/* The names of the files that were looked for, so that each is added once. */
struct names {
	char **name;
	size_t count;
};

static bool is_known(const struct names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++)
		if (!strcmp(names->name[i], name))
			return true;
	return false;
}

static int remember(struct names *names, const char *name)
{
	char **grown = realloc(names->name, (names->count + 1) * sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	names->name = grown;
	grown[names->count] = strdup(name);
	return grown[names->count] ? (names->count++, 0) : -ENOMEM;
}

/* Adds one file. Returns 1, 0 if the tree has none of that name, or a negative errno and WHY. */
static int add(const struct tree *tree, struct content *content, const struct module *module,
               const char *name, struct why *why)
{
	struct buffer data = {0};
	struct why detail;
	char path[512];
	char as[256];
	char reason[128];
	int rc = read_first(tree, name, &data, path, sizeof(path));

	if (rc == -ENOENT)
		return 0;
	if (rc)
		return why_set(why, rc, "%s/%s: %s", tree->root, path, strerror(-rc));
	/* Only what its name says is compressed: a firmware may well begin like a gzip file. */
	if (!strcmp(path + strlen(path) - 3, ".xz") || !strcmp(path + strlen(path) - 4, ".zst"))
		rc = decompress_data(&data, FIRMWARE_LIMIT, &detail);
	if (rc) {
		buffer_free(&data);
		return why_set(why, rc, "%s/%s: is damaged: %s", tree->root, path, detail.text);
	}
	snprintf(as, sizeof(as), "lib/firmware/%s", name);
	snprintf(reason, sizeof(reason), "firmware of %.100s", module->name);
	rc = content_add_text(content, as, 0644, &data, reason);
	buffer_free(&data);
	return rc ? why_memory(why) : 1;
}

/*
 * Adds a module's files. *missing is one of them if the tree has none of them, else NULL.
 */
static int add_of_module(const struct modset *modules, const struct module *module,
                         struct content *content, struct names *names, const char **missing,
                         struct why *why)
{
	const char *name = NULL;
	bool found = false;
	int rc = 0;

	*missing = NULL;
	while (rc >= 0 && (name = module_info(module, "firmware", name))) {
		if (!is_plain(name))
			continue;
		found |= is_known(names, name);
		if (is_known(names, name))
			continue;
		if (remember(names, name))
			return why_memory(why);
		rc = add(modules->tree, content, module, name, why);
		found |= rc > 0;
		*missing = *missing ? *missing : name;
	}
	if (found)
		*missing = NULL;
	return rc < 0 ? rc : 0;
}

int firmware_add(const struct modset *modules, struct content *content, struct buffer *warnings,
                 struct why *why)
{
	struct names names = {0};
	int rc = 0;

	for (size_t i = 0; !rc && i < modules->count; i++) {
		const struct module *module = modules->item[i];
		const char *missing;

		rc = add_of_module(modules, module, content, &names, &missing, why);
		/* Of drivers that nobody named some need none, or are for other machines. */
		if (rc || !missing || !strstr(module->reason, "(named)"))
			continue;
		if (buffer_printf(warnings,
		                  "driver %s: %s/lib/firmware has none of its files, %s for one: "
		                  "the card may not start: install the package with its firmware\n",
		                  module->name, modules->tree->root, missing))
			rc = why_memory(why);
	}
	while (names.count)
		free(names.name[--names.count]);
	free(names.name);
	return rc;
}
