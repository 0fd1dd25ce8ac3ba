/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading the modules of the set, on all processors: decompression is most of the work with .ko.xz.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "initramfs/elffile.h"
#include "initramfs/modset.h"
#include "tools/unpack/decompress.h"

/* Room for a module's name (MODULE_NAME_LEN of linux/module.h) */
enum { MODULE_NAME_MAX = 64 };

/* Far above any module (amdgpu.ko with debug information: 400 MB is the largest known). */
#define MODULE_LIMIT ((size_t)1 << 30)

static int complain(const struct tree *tree, const char *path, int error, const char *what,
                    struct why *why)
{
	return why_set(why, error, "%s/%s/%s: %s", tree->root, tree->modules, path, what);
}

int modset_read(const struct tree *tree, const char *path, struct buffer *data, struct why *why)
{
	struct why detail;
	char *below_root;
	int rc;

	if (asprintf(&below_root, "%s/%s", tree->modules, path) < 0)
		return why_memory(why);
	rc = tree_read(tree, below_root, MODULE_LIMIT, data);
	free(below_root);
	if (rc == -ENOENT)
		return complain(tree, path, rc,
		                "is missing, though modules.dep lists it: install that kernel's "
		                "package again, or run depmod",
		                why);
	if (rc)
		return complain(tree, path, rc, strerror(-rc), why);
	rc = decompress_data(data, MODULE_LIMIT, &detail);
	if (rc) {
		char text[sizeof(detail.text) + 64];

		snprintf(text, sizeof(text), "is damaged: %s: install that kernel's package again",
		         detail.text);
		return complain(tree, path, rc, text, why);
	}
	if (!elffile_is_module(data))
		return complain(
		        tree, path, -ENOEXEC,
		        "is damaged: not an ELF module, nor one compressed with gzip, xz or "
		        "zstd: install that kernel's package again",
		        why);
	return 0;
}

static int load_one(const struct tree *tree, struct module *module, struct why *why)
{
	int rc = modset_read(tree, module->path, &module->data, why);

	/* A signature covers every byte, and a locked-down kernel takes no module without it. */
	if (rc || elffile_is_signed(&module->data))
		return rc;
	rc = elffile_strip(&module->data);
	return rc ? complain(tree, module->path, rc, "its debug sections cannot be removed", why)
	          : 0;
}

struct work {
	const struct modset *modules;
	atomic_size_t next;
	pthread_mutex_t lock;
	size_t failed; /* the first module, in the set's order, that could not be loaded */
	int rc;
	struct why *why;
};

static void *worker(void *argument)
{
	struct work *work = argument;
	const struct modset *modules = work->modules;
	size_t i;

	while ((i = atomic_fetch_add(&work->next, 1)) < modules->count) {
		struct why why;
		int rc;

		if (modules->item[i]->data.size)
			continue;
		rc = load_one(modules->tree, modules->item[i], &why);
		if (!rc)
			continue;
		/* The same message whichever thread was faster. */
		pthread_mutex_lock(&work->lock);
		if (!work->rc || i < work->failed) {
			work->failed = i;
			work->rc = rc;
			*work->why = why;
		}
		pthread_mutex_unlock(&work->lock);
	}
	return NULL;
}

/* Whether the next of "crc16,jbd2" is in the set or the kernel; moves *names behind it. */
static int has_next(struct modset *modules, const char **names, char name[MODULE_NAME_MAX],
                    struct why *why)
{
	size_t length = strcspn(*names, ",");

	snprintf(name, MODULE_NAME_MAX, "%.*s", (int)length, *names);
	*names += length + ((*names)[length] == ',');
	for (char *c = name; *c; c++)
		if (*c == '-')
			*c = '_';
	return modset_find(modules, name) ? MODSET_ADDED : modset_add_builtin(modules, name, why);
}

/*
 * What a module itself says that it needs is there. libkmod is silent about all of a module's needs
 * when the file of one is gone, and the machine would find out.
 */
static int check_needs(struct modset *modules, const struct module *module, struct why *why)
{
	const char *names = module_info(module, "depends", NULL);
	char name[MODULE_NAME_MAX], text[MODULE_NAME_MAX + 128];

	while (names && *names) {
		int rc = has_next(modules, &names, name, why);

		if (rc < 0)
			return rc;
		if (rc != MODSET_NONE)
			continue;
		snprintf(text, sizeof(text),
		         "needs the module %s, which is missing: install that kernel's package "
		         "again, or run depmod",
		         name);
		return complain(modules->tree, module->path, -ENOENT, text, why);
	}
	return 0;
}

int modset_load(struct modset *modules, struct why *why)
{
	enum { MOST_THREADS = 16 };
	struct work work = {.modules = modules, .why = why, .lock = PTHREAD_MUTEX_INITIALIZER};
	pthread_t threads[MOST_THREADS];
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	int started = 0;

	while (started < MOST_THREADS && started + 1 < processors &&
	       (size_t)started + 1 < modules->count &&
	       !pthread_create(&threads[started], NULL, worker, &work))
		started++;
	worker(&work);
	while (started)
		pthread_join(threads[--started], NULL);
	for (size_t i = 0; !work.rc && i < modules->count; i++)
		work.rc = check_needs(modules, modules->item[i], why);
	return work.rc;
}

const char *module_info(const struct module *module, const char *key, const char *previous)
{
	size_t size = 0;
	const char *text = elffile_modinfo(&module->data, &size);
	const char *end = text ? text + size : NULL;
	size_t length = strlen(key);

	for (const char *line = previous ? previous + strlen(previous) + 1 : text;
	     line && line < end; line += strlen(line) + 1)
		if (!strncmp(line, key, length) && line[length] == '=')
			return line + length + 1;
	return NULL;
}
