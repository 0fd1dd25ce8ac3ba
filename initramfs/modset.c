/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initramfs/modset.h"

#include <errno.h>
#include <libkmod.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "initramfs/kmodindex.h"
#include "initramfs/modconf.h"

/* "/proc/self/fd/2147483647" */
enum { FD_PATH = 32 };

static void fd_path(char path[FD_PATH], int fd)
{
	snprintf(path, FD_PATH, "/proc/self/fd/%d", fd);
}

/* libkmod's own messages would repeat ours, or name paths that mean nothing to the user. */
static void swallow_log(void *data, int priority, const char *file, int line, const char *function,
                        const char *format, va_list arguments)
{
	(void)data, (void)priority, (void)file, (void)line, (void)function, (void)format;
	(void)arguments;
}

static int complain(const struct tree *tree, const char *name, int error, const char *what,
                    struct why *why)
{
	return why_set(why, error, "%s/%s/%s: %s: run 'depmod -b %s %s'", tree->root, tree->modules,
	               name, what, *tree->root ? tree->root : "/", tree->version);
}

/* libkmod trusts its indexes; one that depmod had no room to finish would be the end of us. */
static int check_indexes(const struct tree *tree, struct why *why)
{
	/* Debian's largest is 1.3 MB. */
	enum { LIMIT = 256 << 20 };
	static const struct {
		const char *name;
		bool needed; /* the others tell of what is built in, and may be missing */
	} indexes[] = {{"modules.dep.bin", true},
	               {"modules.alias.bin", true},
	               {"modules.builtin.bin", false},
	               {"modules.builtin.alias.bin", false}};
	int rc = 0;

	for (size_t i = 0; !rc && i < sizeof(indexes) / sizeof(indexes[0]); i++) {
		struct buffer index = {0};
		char path[512];

		snprintf(path, sizeof(path), "%s/%s", tree->modules, indexes[i].name);
		rc = tree_read(tree, path, LIMIT, &index);
		if (rc == -ENOENT)
			rc = indexes[i].needed
			             ? complain(tree, indexes[i].name, rc, "is missing", why)
			             : 0;
		else if (rc)
			rc = complain(tree, indexes[i].name, rc, strerror(-rc), why);
		else if (!kmodindex_is_sound(&index))
			rc = complain(tree, indexes[i].name, -EBADMSG, "is damaged", why);
		buffer_free(&index);
	}
	return rc;
}

/*
 * The tree's configuration as one file in memory: libkmod would follow its links as the host sees
 * them, and wait for the writer of a FIFO. Returns a descriptor or a negative errno.
 */
static int collect_configuration(const struct tree *tree)
{
	struct buffer text = {0};
	int fd = memfd_create("modprobe.conf", MFD_CLOEXEC);
	int rc = fd < 0 ? -errno : modconf_read(tree, &text);

	if (!rc && text.size && write(fd, text.data, text.size) != (ssize_t)text.size)
		rc = -ENOMEM;
	buffer_free(&text);
	if (rc && fd >= 0)
		close(fd);
	return rc ? rc : fd;
}

int modset_open(struct modset *modules, const struct tree *tree, struct why *why)
{
	char directory[FD_PATH], configuration[FD_PATH];
	const char *list[] = {configuration, NULL};
	int fd, rc;

	*modules = (struct modset){.tree = tree};
	if ((rc = check_indexes(tree, why)))
		return rc;
	fd = collect_configuration(tree);
	if (fd < 0)
		return why_set(why, fd, "%s/etc/modprobe.d: %s", tree->root, strerror(-fd));
	fd_path(configuration, fd);
	fd_path(directory, tree->modules_fd);
	modules->kmod = kmod_new(directory, list);
	close(fd);
	if (!modules->kmod)
		return why_memory(why);
	kmod_set_log_fn(modules->kmod, swallow_log, NULL);
	/* This only maps the indexes, for speed: what cannot be mapped is read. */
	kmod_load_resources(modules->kmod);
	return 0;
}

/* The place of NAME in the sorted set, whether it is there or not. */
static size_t place_of(const struct modset *modules, const char *name)
{
	size_t low = 0, high = modules->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(modules->item[middle]->name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct module *modset_find(const struct modset *modules, const char *name)
{
	size_t place = place_of(modules, name);

	if (place < modules->count && !strcmp(modules->item[place]->name, name))
		return modules->item[place];
	return NULL;
}

static int append(struct module_list *list, struct module *module)
{
	struct module **grown;

	for (size_t i = 0; i < list->count; i++)
		if (list->item[i] == module)
			return 0;
	grown = realloc(list->item, (list->count + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	list->item = grown;
	grown[list->count++] = module;
	return 0;
}

int modset_order(struct module *first, struct module *second, bool post)
{
	return append(post ? &first->post : &first->pre, second);
}

static void module_free(struct module *module)
{
	if (!module)
		return;
	free(module->name);
	free(module->path);
	free(module->image_path);
	free(module->reason);
	free(module->needs.item);
	free(module->pre.item);
	free(module->post.item);
	buffer_free(&module->data);
	free(module);
}

/* Cuts ".xz" and the like off a module's path: the image holds it decompressed. */
static void cut_suffix(char *path)
{
	char *ko = strstr(path, ".ko.");
	char *next;

	while (ko && (next = strstr(ko + 1, ".ko.")))
		ko = next;
	if (ko && !strchr(ko, '/'))
		ko[3] = '\0';
}

/* A path that depmod wrote, or that somebody wrote into its index to reach a file of the host. */
static bool is_inside(const char *path)
{
	if (*path == '/' || !*path)
		return false;
	for (const char *part = path; part; part = strchr(part, '/')) {
		part += *part == '/';
		if (!strncmp(part, "..", 2) && (part[2] == '/' || !part[2]))
			return false;
	}
	for (const char *c = path; *c; c++)
		if (*c <= ' ' || *c == ':')
			return false;
	return true;
}

static struct module *module_new(const char *name, const char *path, const char *reason)
{
	struct module *module = calloc(1, sizeof(*module));

	if (!module)
		return NULL;
	module->name = strdup(name);
	module->path = strdup(path);
	module->image_path = strdup(path);
	module->reason = strdup(reason);
	if (!module->name || !module->path || !module->image_path || !module->reason) {
		module_free(module);
		return NULL;
	}
	cut_suffix(module->image_path);
	return module;
}

static int insert(struct modset *modules, struct module *module)
{
	size_t place = place_of(modules, module->name);
	struct module **grown = realloc(modules->item, (modules->count + 1) * sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	modules->item = grown;
	memmove(grown + place + 1, grown + place, (modules->count - place) * sizeof(*grown));
	grown[place] = module;
	modules->count++;
	return 0;
}

static int note_builtin(struct modset *modules, const char *name)
{
	char **grown;

	for (size_t i = 0; i < modules->builtin_count; i++)
		if (!strcmp(modules->builtin[i], name))
			return 0;
	grown = realloc(modules->builtin, (modules->builtin_count + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	modules->builtin = grown;
	grown[modules->builtin_count] = strdup(name);
	if (!grown[modules->builtin_count])
		return -ENOMEM;
	modules->builtin_count++;
	return 0;
}

static int add_one(struct modset *modules, struct kmod_module *kmod, const char *reason,
                   struct module **added, struct why *why);

/* Adds what LIST holds and records it in INTO. Built-in ones need no place. */
static int add_list(struct modset *modules, struct kmod_list *list, const char *reason,
                    struct module_list *into, struct why *why)
{
	struct kmod_list *entry;

	kmod_list_foreach(entry, list)
	{
		struct kmod_module *kmod = kmod_module_get_module(entry);
		struct module *module = NULL;
		int rc = add_one(modules, kmod, reason, &module, why);

		kmod_module_unref(kmod);
		if (rc < 0)
			return rc;
		if (module && append(into, module))
			return why_memory(why);
	}
	return 0;
}

static int add_needs(struct modset *modules, struct kmod_module *kmod, struct module *module,
                     struct why *why)
{
	struct kmod_list *needs = kmod_module_get_dependencies(kmod);
	struct kmod_list *pre = NULL, *post = NULL;
	char *reason;
	int rc;

	if (asprintf(&reason, "needed by %s", module->name) < 0) {
		kmod_module_unref_list(needs);
		return why_memory(why);
	}
	rc = add_list(modules, needs, reason, &module->needs, why);
	kmod_module_unref_list(needs);
	if (!rc && kmod_module_get_softdeps(kmod, &pre, &post) >= 0) {
		rc = add_list(modules, pre, reason, &module->pre, why);
		if (!rc)
			rc = add_list(modules, post, reason, &module->post, why);
	}
	kmod_module_unref_list(pre);
	kmod_module_unref_list(post);
	free(reason);
	return rc;
}

/* Adds one module. *ADDED stays NULL for what is built in, or only named and not there. */
static int add_one(struct modset *modules, struct kmod_module *kmod, const char *reason,
                   struct module **added, struct why *why)
{
	const char *name = kmod_module_get_name(kmod);
	const char *path = kmod_module_get_path(kmod);
	char directory[FD_PATH];
	size_t length;
	struct module *module;
	int rc;

	*added = modset_find(modules, name);
	if (*added)
		return MODSET_ADDED;
	if (!path) {
		if (kmod_module_get_initstate(kmod) != KMOD_MODULE_BUILTIN)
			return MODSET_NONE;
		return note_builtin(modules, name) ? why_memory(why) : MODSET_BUILTIN;
	}
	fd_path(directory, modules->tree->modules_fd);
	length = strlen(directory);
	if (strncmp(path, directory, length) || path[length] != '/' ||
	    !is_inside(path + length + 1))
		return why_set(why, -EINVAL,
		               "module %s: %s/%s/modules.dep.bin has an impossible path for it: "
		               "run 'depmod -b %s %s'",
		               name, modules->tree->root, modules->tree->modules,
		               *modules->tree->root ? modules->tree->root : "/",
		               modules->tree->version);
	module = module_new(name, path + length + 1, reason);
	if (!module || insert(modules, module)) {
		module_free(module);
		return why_memory(why);
	}
	*added = module;
	/* In the set before its needs are looked at: soft dependencies may go in circles. */
	rc = add_needs(modules, kmod, module, why);
	return rc < 0 ? rc : MODSET_ADDED;
}

int modset_add(struct modset *modules, const char *name, const char *reason, struct why *why)
{
	struct kmod_list *list = NULL;
	struct kmod_list *entry;
	int found = MODSET_NONE;
	int rc = kmod_module_new_from_lookup(modules->kmod, name, &list);

	if (rc < 0 && rc != -ENOENT && rc != -ENOSYS)
		return why_set(why, rc, "module %s: %s", name, strerror(-rc));
	kmod_list_foreach(entry, list)
	{
		struct kmod_module *kmod = kmod_module_get_module(entry);
		struct module *module;

		rc = add_one(modules, kmod, reason, &module, why);
		kmod_module_unref(kmod);
		if (rc < 0) {
			found = rc;
			break;
		}
		if (rc != MODSET_NONE && found != MODSET_ADDED)
			found = rc;
	}
	kmod_module_unref_list(list);
	return found;
}

int modset_print_names(const struct modset *modules, const char *name, struct buffer *text)
{
	struct kmod_list *list = NULL;
	struct kmod_list *entry;
	int rc = 0;

	kmod_module_new_from_lookup(modules->kmod, name, &list);
	kmod_list_foreach(entry, list)
	{
		struct kmod_module *kmod = kmod_module_get_module(entry);

		if (!rc)
			rc = buffer_printf(text, "%s\n", kmod_module_get_name(kmod));
		kmod_module_unref(kmod);
	}
	kmod_module_unref_list(list);
	return rc;
}

int modset_add_builtin(struct modset *modules, const char *name, struct why *why)
{
	struct kmod_module *kmod;
	bool builtin;

	if (kmod_module_new_from_name(modules->kmod, name, &kmod) < 0)
		return MODSET_NONE;
	builtin = kmod_module_get_initstate(kmod) == KMOD_MODULE_BUILTIN;
	kmod_module_unref(kmod);
	if (!builtin)
		return MODSET_NONE;
	return note_builtin(modules, name) ? why_memory(why) : MODSET_BUILTIN;
}

void modset_close(struct modset *modules)
{
	for (size_t i = 0; i < modules->count; i++)
		module_free(modules->item[i]);
	free(modules->item);
	for (size_t i = 0; i < modules->builtin_count; i++)
		free(modules->builtin[i]);
	free(modules->builtin);
	kmod_unref(modules->kmod);
	*modules = (struct modset){0};
}
