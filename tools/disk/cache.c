/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/disk/cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/base/hash.h"
#include "tools/host/args.h"
#include "tools/host/files.h"

/* A kernel with its modules is up to 400 MB. */
enum { KEPT = 4 };

/* Every entry holds its identity, so that two of the same hash are told apart. */
static const char identity_name[] = "identity";

static char *entry_path(const char *kind, const char *identity, int *rc)
{
	char *directory, *path;

	*rc = files_cache_directory(kind, &directory);
	path = directory
	               ? args_text("%s/%016llx", directory, (unsigned long long)hash_text(identity))
	               : NULL;
	free(directory);
	return path;
}

static bool is_about(const char *entry, const char *identity)
{
	char *path = args_text("%s/%s", entry, identity_name);
	size_t n;
	char *found = files_read(path, strlen(identity) + 1, &n);
	bool is = found && !strcmp(found, identity);

	free(found);
	free(path);
	return is;
}

/* Opens an entry for use: nobody removes it then, and it counts as used just now. */
static int use(const char *path)
{
	int lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (lock < 0)
		return -errno;
	if (flock(lock, LOCK_SH | LOCK_NB) < 0) {
		close(lock); /* it is being removed at this moment */
		return -ENOENT;
	}
	futimens(lock, NULL);
	return lock;
}

int cache_find(struct cache_entry *entry, const char *kind, const char *identity)
{
	int rc;

	*entry = (struct cache_entry){.path = entry_path(kind, identity, &rc), .lock = -1};
	if (rc < 0)
		return rc == -ENOENT ? -ENOTDIR : rc;
	entry->lock = use(entry->path);
	if (entry->lock >= 0 && is_about(entry->path, identity))
		return 0;
	rc = entry->lock < 0 ? entry->lock : -ENOENT;
	cache_release(entry);
	return rc;
}

static int write_identity(const char *directory, const char *identity)
{
	char *path = args_text("%s/%s", directory, identity_name);
	FILE *file = fopen(path, "we");
	int rc = 0;

	if (!file || fputs(identity, file) < 0)
		rc = -errno;
	if (file && fclose(file) && !rc)
		rc = -errno;
	free(path);
	return rc;
}

int cache_begin(struct cache_entry *entry, const char *kind, const char *identity)
{
	int rc;

	*entry = (struct cache_entry){.final = entry_path(kind, identity, &rc), .lock = -1};
	if (rc < 0)
		return rc;
	entry->path = args_text("%s.XXXXXX", entry->final);
	if (!mkdtemp(entry->path))
		return -errno;
	entry->lock = use(entry->path);
	rc = entry->lock < 0 ? entry->lock : write_identity(entry->path, identity);
	if (rc)
		cache_abort(entry);
	return rc;
}

static void remove_unused(const char *path)
{
	int lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (lock < 0)
		return;
	if (!flock(lock, LOCK_EX | LOCK_NB))
		files_remove_tree(path);
	close(lock);
}

struct found {
	char *path;
	struct timespec used;
};

static int by_use(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	if (x->used.tv_sec != y->used.tv_sec)
		return x->used.tv_sec < y->used.tv_sec ? 1 : -1;
	return (x->used.tv_nsec < y->used.tv_nsec) - (x->used.tv_nsec > y->used.tv_nsec);
}

static void drop_oldest(const char *directory)
{
	DIR *dir = opendir(directory);
	struct found *all = NULL;
	size_t n = 0;
	struct dirent *d;

	while (dir && (d = readdir(dir))) {
		struct stat st;

		if (*d->d_name == '.')
			continue;
		all = reallocarray(all, n + 1, sizeof(*all));
		if (!all)
			abort();
		all[n].path = args_text("%s/%s", directory, d->d_name);
		if (stat(all[n].path, &st) < 0)
			free(all[n].path);
		else
			all[n++].used = st.st_mtim;
	}
	if (dir)
		closedir(dir);
	if (n)
		qsort(all, n, sizeof(*all), by_use);
	for (size_t i = 0; i < n; i++) {
		if (i >= KEPT)
			remove_unused(all[i].path);
		free(all[i].path);
	}
	free(all);
}

/* Somebody was faster with the same: theirs is used. */
static int take_theirs(struct cache_entry *entry)
{
	files_remove_tree(entry->path);
	close(entry->lock);
	entry->lock = use(entry->final);
	return entry->lock < 0 ? entry->lock : 0;
}

int cache_commit(struct cache_entry *entry)
{
	char *directory =
	        args_text("%.*s", (int)(strrchr(entry->final, '/') - entry->final), entry->final);
	int rc = 0;

	if (chmod(entry->path, 0755) < 0 || rename(entry->path, entry->final) < 0)
		rc = -errno;
	if (rc == -ENOTEMPTY || rc == -EEXIST)
		rc = take_theirs(entry);
	if (!rc) {
		free(entry->path);
		entry->path = entry->final;
		entry->final = NULL;
		drop_oldest(directory);
	}
	free(directory);
	return rc;
}

void cache_abort(struct cache_entry *entry)
{
	if (entry->path && entry->final)
		files_remove_tree(entry->path);
}

void cache_release(struct cache_entry *entry)
{
	if (entry->lock >= 0)
		close(entry->lock);
	free(entry->path);
	free(entry->final);
	*entry = (struct cache_entry){.lock = -1};
}
