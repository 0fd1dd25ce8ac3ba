/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The directory of PATH, allocated; NULL when memory is out. */
static char *directory_of(const char *path)
{
	char *copy = strdup(path);
	char *directory = copy ? strdup(dirname(copy)) : NULL;

	free(copy);
	return directory;
}

/* "DIR/.NAME.XXXXXX": hidden, and on the file system of the file that it will become. */
static char *temporary_template(const char *path)
{
	char *directory = directory_of(path);
	const char *slash = strrchr(path, '/');
	char *template = NULL;

	if (directory &&
	    asprintf(&template, "%s/.%s.XXXXXX", directory, slash ? slash + 1 : path) < 0)
		template = NULL;
	free(directory);
	return template;
}

static int create_named(struct outfile *out)
{
	out->temporary = temporary_template(out->path);
	if (!out->temporary)
		return -ENOMEM;
	out->fd = mkostemp(out->temporary, O_CLOEXEC);
	if (out->fd < 0) {
		int rc = -errno;

		free(out->temporary);
		out->temporary = NULL;
		return rc;
	}
	return 0;
}

/* A file without a name vanishes with the process, however that ends. Not every file system has it.
 */
static int create_nameless(struct outfile *out)
{
	char *directory = directory_of(out->path);

	if (!directory)
		return -ENOMEM;
	out->fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	free(directory);
	return out->fd < 0 ? -errno : 0;
}

/* What PATH is now: a name to be taken, a file to be replaced, or something to be written into. */
static int look_at(struct outfile *out, const char *path)
{
	struct stat st;

	if (!strcmp(path, "-")) {
		out->in_place = true;
		out->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
		return out->fd < 0 ? -errno : 0;
	}
	if (stat(path, &st) < 0) {
		if (errno != ENOENT)
			return -errno;
		out->path = strdup(path);
		return out->path ? 0 : -ENOMEM;
	}
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode)) {
		out->in_place = true;
		out->fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
		return out->fd < 0 ? -errno : 0;
	}
	/* A file that its owner made read-only is not to be replaced behind his back. */
	if (access(path, W_OK) < 0)
		return -errno;
	out->path = realpath(path, NULL);
	return out->path ? 0 : -errno;
}

int outfile_open(struct outfile *out, const char *path, enum outfile_kind kind)
{
	int rc;

	*out = (struct outfile){.fd = -1};
	rc = look_at(out, path);
	if (!rc && !out->in_place) {
		rc = kind == OUTFILE_NAMELESS ? create_nameless(out) : -EOPNOTSUPP;
		/* EISDIR and ENOENT: what kernels and file systems without O_TMPFILE answer. */
		if (rc == -EOPNOTSUPP || rc == -EISDIR || rc == -ENOENT)
			rc = create_named(out);
	}
	if (rc)
		outfile_abort(out);
	return rc;
}

int outfile_write(struct outfile *out, const void *data, size_t size)
{
	const char *next = data;

	while (size) {
		ssize_t n = write(out->fd, next, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		next += n;
		size -= (size_t)n;
	}
	return 0;
}

/* Links the nameless file in under a free temporary name, since linkat cannot replace a file. */
static int give_name(struct outfile *out)
{
	char source[32];
	int tries = 100;
	int rc;

	snprintf(source, sizeof(source), "/proc/self/fd/%d", out->fd);
	do {
		free(out->temporary);
		out->temporary = temporary_template(out->path);
		if (!out->temporary)
			return -ENOMEM;
		/* Any guess will do: linkat fails when somebody has the name. */
		snprintf(strrchr(out->temporary, '.') + 1, 7, "%06x",
		         ((unsigned int)getpid() * 128u + (unsigned int)tries) & 0xffffff);
		rc = linkat(AT_FDCWD, source, AT_FDCWD, out->temporary, AT_SYMLINK_FOLLOW) ? -errno
		                                                                           : 0;
	} while (rc == -EEXIST && --tries);
	if (rc) {
		free(out->temporary);
		out->temporary = NULL;
	}
	return rc;
}

/*
 * Permissions and durability as what PATH holds asks for: an old file is only given up for one that
 * is on the disk, so that a power cut leaves the one or the other.
 */
static int prepare(const struct outfile *out)
{
	struct stat st;
	mode_t mask;

	if (!stat(out->path, &st))
		return fchmod(out->fd, st.st_mode & 07777) || fsync(out->fd) ? -errno : 0;
	mask = umask(0);
	umask(mask);
	return fchmod(out->fd, 0666 & ~mask) ? -errno : 0;
}

int outfile_commit(struct outfile *out)
{
	int rc = 0;

	if (!out->in_place) {
		rc = prepare(out);
		if (!rc && !out->temporary)
			rc = give_name(out);
		if (!rc && rename(out->temporary, out->path))
			rc = -errno;
		if (!rc) {
			free(out->temporary);
			out->temporary = NULL;
		}
	}
	if (out->fd >= 0 && close(out->fd) && !rc)
		rc = -errno;
	out->fd = -1;
	outfile_abort(out);
	return rc;
}

void outfile_abort(struct outfile *out)
{
	if (out->fd >= 0)
		close(out->fd);
	if (out->temporary)
		unlink(out->temporary);
	free(out->temporary);
	free(out->path);
	*out = (struct outfile){.fd = -1};
}

int outfile_save(const char *path, const void *data, size_t size)
{
	struct outfile out;
	int rc = outfile_open(&out, path, OUTFILE_NAMELESS);

	if (!rc)
		rc = outfile_write(&out, data, size);
	if (!rc)
		return outfile_commit(&out);
	outfile_abort(&out);
	return rc;
}
