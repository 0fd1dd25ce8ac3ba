/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The set of modules that the image gets, closed under what each of them needs. */
#ifndef INITRAMFS_MODSET_H
#define INITRAMFS_MODSET_H

#include <stdbool.h>
#include <stddef.h>

#include "initramfs/tree.h"
#include "tools/cli/buffer.h"
#include "tools/cli/why.h"

struct module;

/* Other modules, in the order in which they are to be loaded; none is owned. */
struct module_list {
	struct module **item;
	size_t count;
};

struct module {
	char *name;       /* as the kernel calls it, with underscores */
	char *path;       /* below the modules directory, as depmod has it: "kernel/fs/x.ko.xz" */
	char *image_path; /* the same in the image: always ".ko" */
	char *reason;     /* why it is in the set: the first of perhaps several reasons */
	struct module_list needs;     /* hard dependencies, with theirs */
	struct module_list pre, post; /* soft dependencies */
	struct buffer data;           /* the ELF file, after modset_load */
};

struct kmod_ctx;

struct modset {
	const struct tree *tree; /* not owned */
	struct kmod_ctx *kmod;
	struct module **item; /* sorted by name */
	size_t count;
	char **builtin; /* names asked for that the kernel has built in; sorted by nothing */
	size_t builtin_count;
};

/* What a name turned out to be. */
enum modset_found {
	MODSET_NONE = 0,    /* this kernel has no such thing */
	MODSET_ADDED = 1,   /* a module, or several for an alias, now in the set */
	MODSET_BUILTIN = 2, /* in the kernel itself; nothing to add */
};

/* Opens depmod's indexes of TREE. Returns 0, or a negative errno and WHY. End with modset_close. */
int modset_open(struct modset *modules, const struct tree *tree, struct why *why);

/*
 * Adds the module NAME, or every module that answers to the alias NAME, and all they need. REASON
 * is copied. Returns an enum modset_found, or a negative errno and WHY.
 */
int modset_add(struct modset *modules, const char *name, const char *reason, struct why *why);

/* MODSET_BUILTIN if the kernel itself has NAME, else MODSET_NONE; or a negative errno and WHY. */
int modset_add_builtin(struct modset *modules, const char *name, struct why *why);

/*
 * Appends to TEXT, one a line, the modules that NAME means, which may be an alias of several; they
 * may be built in. Returns 0 or -ENOMEM.
 */
int modset_print_names(const struct modset *modules, const char *name, struct buffer *text);

/* Makes SECOND a soft dependency of FIRST: loaded before it (POST false) or after it. Both are in.
 */
int modset_order(struct module *first, struct module *second, bool post);

/* The module called NAME if it is in the set, else NULL. */
struct module *modset_find(const struct modset *modules, const char *name);

/*
 * Reads every module that has not been read yet: decompressed, and without its debug sections if it
 * is not signed; and checks that what it says that it needs is in the set. Uses all processors.
 * Returns 0, or a negative errno and WHY.
 */
int modset_load(struct modset *modules, struct why *why);

/*
 * Reads the module file PATH, below the modules directory, into DATA, decompressed; it is an ELF
 * file of the right type. Returns 0, or a negative errno and WHY.
 */
int modset_read(const struct tree *tree, const char *path, struct buffer *data, struct why *why);

/* The next value of KEY in the module's modinfo after PREVIOUS (NULL: the first), or NULL. */
const char *module_info(const struct module *module, const char *key, const char *previous);

void modset_close(struct modset *modules);

#endif
