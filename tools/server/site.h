/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine that is set up: its root folder, its inventory, and who may change that now. */
#ifndef TOOLS_SERVER_SITE_H
#define TOOLS_SERVER_SITE_H

#include <stdbool.h>

#include "tools/cli/buffer.h"
#include "tools/cli/why.h"
#include "tools/inventory/inventory.h"

#define SITE_DISKS "/srv/etherroot/disks"

/* Of one that was opened nothing is known yet; site_close releases it. */
struct site {
	char *root; /* "" is / */
	char *text; /* of the inventory, which is `length` bytes long */
	size_t length;
	struct inventory inventory;
	int lock; /* a descriptor, or -1 */
};

/* Starts with a root folder, which must be there; NULL: it is /. Returns 0 or a negative errno with
 * why. */
int site_open(struct site *site, const char *root, struct why *why);
void site_close(struct site *site);

/* A path of the site, from its root on; the caller frees. */
char *site_path(const struct site *site, const char *path);

/* The folder that a machine loads from, whether it is there or not; the caller frees. */
char *site_folder(const struct site *site, const char *machine);

/*
 * A disk as the inventory names it, from the site's root on, to be freed in any case: a file that
 * is there, by any path; or one that is to be made, called NAME, which is not there. Return 0 or a
 * negative errno with why.
 */
int site_file(const struct site *site, const char *path, char **disk, struct why *why);
int site_new_disk(const struct site *site, const char *name, char **disk, struct why *why);

/* True if it is the machine that this command runs on. */
bool site_is_here(const struct site *site);

/*
 * Keeps others from changing the site until site_close. Returns 0 or a negative errno with why:
 * -EWOULDBLOCK while another one does.
 */
int site_lock(struct site *site, struct why *why);

/* Reads the inventory. Returns 0 or a negative errno with why, which has the place. */
int site_load(struct site *site, struct why *why);

/* Finds a machine of the inventory. Returns 0, or -ENOENT with why. */
int site_find(const struct site *site, const char *name, const struct inventory_machine **machine,
              struct why *why);

/* Reads another text in its place, which is copied. Returns 0 or -EINVAL or -ENOMEM with why. */
int site_replace(struct site *site, const struct buffer *text, struct why *why);

#endif
