/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/disk/ext4.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/disk/view.h"

struct ext4 {
	struct view view;
	uint64_t bytes;   /* that may still be taken out */
	unsigned entries; /* that may still be looked at */
};

/* ---- errors ------------------------------------------------------------------------------------
 */

static int fail(struct why *why, errcode_t code, const char *what)
{
	int rc = view_errno(code);

	return why_set(why, rc, "%s: %s", what, rc == -ENOENT ? "not in it" : error_message(code));
}

static int too_much(struct why *why, const char *what)
{
	return why_set(why, -EFBIG, "%s: more than any kernel with its modules has", what);
}

/* ---- looking
 * ------------------------------------------------------------------------------------- */

int ext4_open(struct ext4 **ext4, int fd, uint64_t offset, struct why *why)
{
	int rc;

	*ext4 = calloc(1, sizeof(**ext4));
	if (!*ext4)
		return why_memory(why);
	(*ext4)->bytes = EXT4_BYTES;
	(*ext4)->entries = EXT4_ENTRIES;
	rc = view_open(&(*ext4)->view, fd, offset, why);
	if (rc) {
		ext4_close(*ext4);
		*ext4 = NULL;
	}
	return rc;
}

int ext4_settled(struct ext4 *ext4, struct why *why)
{
	return view_settled(&ext4->view, why);
}

void ext4_close(struct ext4 *ext4)
{
	view_close(&ext4->view);
	free(ext4);
}

static errcode_t look_up(struct ext4 *ext4, const char *path, ext2_ino_t *number)
{
	return ext2fs_namei_follow(ext4->view.fs, EXT2_ROOT_INO, EXT2_ROOT_INO, path, number);
}

bool ext4_is_directory(struct ext4 *ext4, const char *path)
{
	ext2_ino_t number;

	return !look_up(ext4, path, &number) && !ext2fs_check_directory(ext4->view.fs, number);
}

static int add_identity(struct ext4 *ext4, ext2_ino_t number, const char *name,
                        struct buffer *identity, struct why *why)
{
	const struct ext2_super_block *super = ext4->view.fs->super;
	struct ext2_inode_large inode = {0};
	errcode_t code = ext2fs_read_inode_full(ext4->view.fs, number, (struct ext2_inode *)&inode,
	                                        sizeof(inode));

	if (code)
		return fail(why, code, name);
	for (size_t i = 0; i < sizeof(super->s_uuid); i++)
		if (buffer_printf(identity, "%02x", super->s_uuid[i]))
			return why_memory(why);
	if (buffer_printf(identity, " %u %u %u %llu %u.%u %u.%u\n", super->s_mkfs_time, number,
	                  inode.i_generation, (unsigned long long)EXT2_I_SIZE(&inode),
	                  inode.i_mtime, inode.i_mtime_extra, inode.i_ctime, inode.i_ctime_extra))
		return why_memory(why);
	return 0;
}

int ext4_identity(struct ext4 *ext4, const char *path, struct buffer *identity, struct why *why)
{
	ext2_ino_t number;
	errcode_t code = look_up(ext4, path, &number);

	return code ? fail(why, code, path) : add_identity(ext4, number, path, identity, why);
}

/* ---- directories
 * ----------------------------------------------------------------------------------- */

/* What is done with each entry of a directory. */
struct visit {
	struct ext4 *ext4;
	int (*entry)(struct visit *visit, const char *name, ext2_ino_t number);
	ext2_ino_t directory;
	struct buffer *names; /* for ext4_names, and lines for ext4_identity_below */
	bool files;           /* for that one, whether files have lines */
	int to;               /* for ext4_take: the host's directory */
	unsigned depth;       /* of directories that may still be below it */
	struct why *why;
	int rc;
};

static int visit_entry(struct ext2_dir_entry *entry, int offset, int block_size, char *block,
                       void *context)
{
	struct visit *visit = context;
	char name[EXT2_NAME_LEN + 1];
	size_t length = (size_t)ext2fs_dirent_name_len(entry);

	(void)offset;
	(void)block_size;
	(void)block;
	memcpy(name, entry->name, length);
	name[length] = '\0';
	if (!strcmp(name, ".") || !strcmp(name, ".."))
		return 0;
	if (!visit->ext4->entries--)
		visit->rc = too_much(visit->why, name);
	else if (!length || strlen(name) != length || strchr(name, '/'))
		visit->rc = why_set(visit->why, -EUCLEAN, "a name in a directory: no file's name");
	else
		visit->rc = visit->entry(visit, name, entry->inode);
	return visit->rc ? DIRENT_ABORT : 0;
}

static int visit_all(struct visit *visit, const char *name)
{
	errcode_t code = ext2fs_check_directory(visit->ext4->view.fs, visit->directory);

	if (!code)
		code = ext2fs_dir_iterate(visit->ext4->view.fs, visit->directory, 0, NULL,
		                          visit_entry, visit);
	return visit->rc ? visit->rc : code ? fail(visit->why, code, name) : 0;
}

/* Does to what stands at a path what is done with an entry, as if it had that name. */
static int visit_path(struct visit *visit, const char *path, const char *name)
{
	ext2_ino_t number;
	errcode_t code = look_up(visit->ext4, path, &number);

	return code ? fail(visit->why, code, path) : visit->entry(visit, name, number);
}

static int add_name(struct visit *visit, const char *name, ext2_ino_t number)
{
	(void)number;
	return buffer_append(visit->names, name, strlen(name) + 1) ? why_memory(visit->why) : 0;
}

int ext4_names(struct ext4 *ext4, const char *path, struct buffer *names, struct why *why)
{
	struct visit visit = {.ext4 = ext4, .entry = add_name, .names = names, .why = why};
	errcode_t code = look_up(ext4, path, &visit.directory);

	return code ? fail(why, code, path) : visit_all(&visit, path);
}

static int identify_entry(struct visit *visit, const char *name, ext2_ino_t number)
{
	struct visit below = *visit;
	bool is_directory = !ext2fs_check_directory(visit->ext4->view.fs, number);
	int rc;

	if (!is_directory && !visit->files)
		return 0;
	rc = add_identity(visit->ext4, number, name, visit->names, visit->why);
	if (rc || !is_directory)
		return rc;
	if (!visit->depth)
		return too_much(visit->why, name);
	below.directory = number;
	below.depth--;
	return visit_all(&below, name);
}

int ext4_identity_below(struct ext4 *ext4, const char *path, bool files, struct buffer *identity,
                        struct why *why)
{
	struct visit visit = {.ext4 = ext4,
	                      .entry = identify_entry,
	                      .names = identity,
	                      .files = files,
	                      .depth = EXT4_DEPTH,
	                      .why = why};

	return visit_path(&visit, path, path);
}

/* ---- taking out
 * ------------------------------------------------------------------------------------- */

static int write_all(int to, const char *bytes, size_t n)
{
	while (n) {
		ssize_t written = write(to, bytes, n);

		if (written < 0)
			return -errno;
		bytes += written;
		n -= (size_t)written;
	}
	return 0;
}

static int copy_data(ext2_file_t file, int to, const char *name, struct why *why)
{
	char bytes[65536];

	for (;;) {
		unsigned got = 0;
		errcode_t code = ext2fs_file_read(file, bytes, sizeof(bytes), &got);
		int rc;

		if (code)
			return fail(why, code, name);
		if (!got)
			return 0;
		rc = write_all(to, bytes, got);
		if (rc)
			return why_set(why, rc, "%s: %s", name, strerror(-rc));
	}
}

static int copy_file(struct visit *visit, const char *name, ext2_ino_t number,
                     struct ext2_inode *inode)
{
	uint64_t size = EXT2_I_SIZE(inode);
	ext2_file_t file;
	errcode_t code;
	int to, rc;

	if (inode->i_flags & EXT4_ENCRYPT_FL)
		return why_set(visit->why, -ENOKEY, "%s: it is encrypted", name);
	if (size > visit->ext4->bytes)
		return too_much(visit->why, name);
	visit->ext4->bytes -= size;
	code = ext2fs_file_open2(visit->ext4->view.fs, number, inode, 0, &file);
	if (code)
		return fail(visit->why, code, name);
	to = openat(visit->to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	rc = to < 0 ? why_set(visit->why, -errno, "%s: %s", name, strerror(errno))
	            : copy_data(file, to, name, visit->why);
	if (to >= 0)
		close(to);
	ext2fs_file_close(file);
	return rc;
}

static int take_entry(struct visit *visit, const char *name, ext2_ino_t number);

static int copy_directory(struct visit *parent, const char *name, ext2_ino_t number)
{
	struct visit visit = *parent;
	int rc;

	if (!parent->depth)
		return too_much(parent->why, name);
	visit.directory = number;
	visit.depth--;
	visit.to = mkdirat(parent->to, name, 0755) < 0
	                   ? -1
	                   : openat(parent->to, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (visit.to < 0)
		return why_set(parent->why, -errno, "%s: %s", name, strerror(errno));
	rc = visit_all(&visit, name);
	close(visit.to);
	return rc;
}

/* Where a link leads within the file system: 0 with *number, or 1 where there is no file. */
static int follow(struct visit *visit, ext2_ino_t *number, struct ext2_inode *inode)
{
	ext2_filsys fs = visit->ext4->view.fs;

	if (ext2fs_follow_link(fs, EXT2_ROOT_INO, visit->directory, *number, number) ||
	    ext2fs_read_inode(fs, *number, inode))
		return 1;
	return !LINUX_S_ISREG(inode->i_mode);
}

static int take_entry(struct visit *visit, const char *name, ext2_ino_t number)
{
	struct ext2_inode inode;
	errcode_t code = ext2fs_read_inode(visit->ext4->view.fs, number, &inode);

	if (code)
		return fail(visit->why, code, name);
	if (LINUX_S_ISLNK(inode.i_mode) && follow(visit, &number, &inode))
		return 0;
	if (LINUX_S_ISREG(inode.i_mode))
		return copy_file(visit, name, number, &inode);
	return LINUX_S_ISDIR(inode.i_mode) ? copy_directory(visit, name, number) : 0;
}

int ext4_take(struct ext4 *ext4, const char *path, int directory, const char *name, struct why *why)
{
	struct visit visit = {.ext4 = ext4,
	                      .entry = take_entry,
	                      .directory = EXT2_ROOT_INO,
	                      .to = directory,
	                      .depth = EXT4_DEPTH,
	                      .why = why};

	return visit_path(&visit, path, name);
}

/* Opens a directory in another, and makes it if it is not there. */
static int enter(int directory, const char *name, struct why *why)
{
	int fd;

	if (mkdirat(directory, name, 0755) < 0 && errno != EEXIST)
		return why_set(why, -errno, "%s: %s", name, strerror(errno));
	fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? why_set(why, -errno, "%s: %s", name, strerror(errno)) : fd;
}

int ext4_take_below(struct ext4 *ext4, const char *path, int directory, struct why *why)
{
	char *parts = strdup(path), *rest = parts, *name;
	int at = fcntl(directory, F_DUPFD_CLOEXEC, 0), rc;

	if (!parts || at < 0) {
		free(parts);
		return why_memory(why);
	}
	name = strsep(&rest, "/"); /* before the first slash there is nothing */
	while (at >= 0 && (name = strsep(&rest, "/")) && rest) {
		int below = enter(at, name, why);

		close(at);
		at = below;
	}
	rc = at < 0 ? at : ext4_take(ext4, path, at, name, why);
	if (at >= 0)
		close(at);
	free(parts);
	return rc;
}
