/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What depmod wrote about the image's modules: modules.dep, .alias and .softdep as text. Pure. */
#ifndef INIT_MODDB_H
#define INIT_MODDB_H

#include <stdbool.h>
#include <stddef.h>

/* Module names are shorter than this with their '\0' (MODULE_NAME_LEN, linux/moduleparam.h). */
enum { MODULE_NAME = 64 };

/* A piece of a text that is not '\0'-terminated. */
struct span {
	const char *at;
	size_t length;
};

/* The three files as they stand in the image; any may be empty. */
struct moddb {
	struct span dep;     /* "kernel/a/b.ko: kernel/c.ko ..." */
	struct span alias;   /* "alias PATTERN NAME" */
	struct span softdep; /* "softdep NAME pre: A B post: C" */
};

/* A module's line of modules.dep. */
struct moddb_module {
	struct span path;         /* of the module, relative to /lib/modules/VERSION */
	struct span dependencies; /* paths, blank separated, to be loaded from last to first */
};

/* Finds a module by name. Returns 0, or -ENOENT. */
int moddb_find(const struct moddb *db, const char *name, struct moddb_module *module);

/* The name of the module at a path: no directories, no ".ko", '-' as '_'. -EINVAL if too long. */
int moddb_name(struct span path, char name[MODULE_NAME]);

/*
 * Goes through the modules whose alias pattern matches (a modalias, or a plain alias such as
 * "crc32c"). *cursor starts as 0 and is moved on. Returns 1 with name filled, 0 at the end.
 */
int moddb_match(const struct moddb *db, const char *alias, size_t *cursor, char name[MODULE_NAME]);

/*
 * Whether a module may serve this machine's processor: it has no alias for processors, or one that
 * matches `cpu` (the text of /sys/devices/system/cpu/modalias; "" if unknown matches all).
 */
bool moddb_suits_cpu(const struct moddb *db, const char *name, const char *cpu);

/* The names that a module wants loaded before (which = "pre:") or after it ("post:"). */
struct span moddb_softdep(const struct moddb *db, const char *name, const char *which);

/* Cuts the first word off *rest. An empty span means that there is none. */
struct span moddb_next_word(struct span *rest);

#endif
