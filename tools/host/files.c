/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/host/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "tools/host/args.h"

/* What the names of the sockets in the run's directory need beside its path, and a NUL. */
enum { SOCKET_NAME = sizeof("/target.socket") };

static const char *temporary(const char *otherwise)
{
	const char *directory = getenv("TMPDIR");

	return directory && *directory == '/' ? directory : otherwise;
}

static const char run_prefix[] = "etherroot-boot-";

/* One that is younger may still be about to be locked. */
enum { ABANDONED = 60 };

/* Removes the directory if it is ours, of a run, and nobody's any more. */
static void remove_abandoned(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return;
	if (!fstat(fd, &st) && st.st_uid == geteuid() && st.st_mtime < time(NULL) - ABANDONED &&
	    !flock(fd, LOCK_EX | LOCK_NB))
		files_remove_tree(path);
	close(fd);
}

static void remove_all_abandoned(const char *directory)
{
	DIR *dir = opendir(directory);
	struct dirent *d;

	while (dir && (d = readdir(dir))) {
		char *path = args_text("%s/%s", directory, d->d_name);

		if (!strncmp(d->d_name, run_prefix, strlen(run_prefix)))
			remove_abandoned(path);
		free(path);
	}
	if (dir)
		closedir(dir);
}

int files_run_directory(char **path, int *lock)
{
	const char *directory = temporary("/tmp");
	struct sockaddr_un socket;

	*lock = -1;
	*path = args_text("%s/%sXXXXXX", directory, run_prefix);
	if (strlen(*path) + SOCKET_NAME > sizeof(socket.sun_path)) {
		free(*path);
		directory = "/tmp";
		*path = args_text("%s/%sXXXXXX", directory, run_prefix);
	}
	remove_all_abandoned(directory);
	if (!mkdtemp(*path))
		return -errno;
	*lock = open(*path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*lock < 0 || flock(*lock, LOCK_SH) < 0)
		return -errno;
	return 0;
}

int files_make_folders(char *path)
{
	for (char *slash = strchr(path + 1, '/');; slash = strchr(slash + 1, '/')) {
		int rc;

		if (slash)
			*slash = '\0';
		rc = mkdir(path, 0755) < 0 && errno != EEXIST ? -errno : 0;
		if (slash)
			*slash = '/';
		if (rc < 0 || !slash)
			return rc;
	}
}

int files_cache_directory(const char *name, char **path)
{
	const char *cache = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");

	*path = NULL;
	if (cache && *cache == '/')
		*path = args_text("%s/etherroot/%s", cache, name);
	else if (home && *home == '/')
		*path = args_text("%s/.cache/etherroot/%s", home, name);
	else
		return -ENOENT;
	return files_make_folders(*path);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	remove(path);
	return 0;
}

void files_remove_tree(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

char *files_read(const char *path, size_t limit, size_t *n)
{
	FILE *file = fopen(path, "re");
	char *bytes = file ? malloc(limit + 1) : NULL;

	*n = 0;
	if (!file)
		return NULL;
	if (!bytes)
		abort();
	*n = fread(bytes, 1, limit, file);
	bytes[*n] = '\0';
	fclose(file);
	return bytes;
}
