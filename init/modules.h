/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loads kernel modules out of the image, with what they depend on and the user's parameters. */
#ifndef INIT_MODULES_H
#define INIT_MODULES_H

#include "init/cmdline.h"
#include "init/moddb.h"

struct modules {
	int directory; /* /lib/modules/VERSION, or -1 if the image has none for this kernel */
	struct moddb db;
	const struct cmdline *cmdline;
	char cpu[1024]; /* the processor's modalias */
	char *loading;  /* MODULE_NAME bytes: set to what is being loaded, then to ""; or NULL */
};

/*
 * Opens /lib/modules/<running kernel>. Without it every load of a module that is not built in fails
 * with -ENOENT, which is reported when one is missed.
 */
void modules_open(struct modules *modules, const struct cmdline *cmdline);

/* The running kernel's version (uname -r). */
const char *modules_kernel(void);

/*
 * Whether a module is loaded to its end, or built in with parameters. One that another process is
 * loading is not: who loads it again waits in the kernel until it is.
 */
bool modules_is_there(const char *name);

/*
 * Loads a module by name, its dependencies first. One that is built in or loaded already is done.
 * Returns 0, -ENOENT if it is neither in the image nor in the kernel, or what the kernel said; the
 * kernel's refusals are reported here.
 */
int modules_load(const struct modules *modules, const char *name);

/* Loads every module whose alias matches. Returns how many of them are loaded now. */
int modules_load_alias(const struct modules *modules, const char *alias);

/* The first loaded module whose alias matches; "" if there is none. */
void modules_loaded_for(const struct modules *modules, const char *alias, char name[MODULE_NAME]);

/* Loads what a file lists, one name a line; '#' begins a comment (modules-load.d(5)). */
void modules_load_list(const struct modules *modules, const char *path);

#endif
