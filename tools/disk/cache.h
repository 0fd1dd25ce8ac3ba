/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Directories that are expensive to make, kept by what they were made from. An entry appears whole
 * or not at all, is never thrown away while somebody uses it, and only the few that were used last
 * stay.
 */
#ifndef TOOLS_DISK_CACHE_H
#define TOOLS_DISK_CACHE_H

/* An entry; made by cache_find or cache_begin, freed by cache_release (path may be taken over). */
struct cache_entry {
	char *path;  /* the entry, or the directory that is to become it */
	char *final; /* its name once it is whole */
	int lock;    /* held while the entry is used; -1: none */
};

/*
 * The entry of a kind ("kernels") that was made from identity, a text. Returns 0, -ENOENT when
 * there is none yet, or another negative errno.
 */
int cache_find(struct cache_entry *entry, const char *kind, const char *identity);

/*
 * Starts an entry: fill the directory entry->path, then commit or abort. Returns 0 or a negative
 * errno, and has left nothing there then.
 */
int cache_begin(struct cache_entry *entry, const char *kind, const char *identity);

/* Gives it its name; if somebody was faster, theirs is taken. Drops what has not been used for
 * long. */
int cache_commit(struct cache_entry *entry);

void cache_abort(struct cache_entry *entry);

void cache_release(struct cache_entry *entry);

#endif
