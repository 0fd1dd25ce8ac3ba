/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initramfs/content.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static struct content_file *add(struct content *content, const char *path, mode_t mode,
                                const char *reason)
{
	struct content_file *grown;

	/* Grows whenever the count reaches a power of two. */
	if (!(content->count & (content->count - 1))) {
		grown = realloc(content->file,
		                (content->count ? content->count * 2 : 1) * sizeof(*grown));
		if (!grown)
			return NULL;
		content->file = grown;
	}
	grown = &content->file[content->count];
	while (*path == '/')
		path++;
	*grown =
	        (struct content_file){.path = strdup(path), .mode = mode, .reason = strdup(reason)};
	if (!grown->path || !grown->reason) {
		free(grown->path);
		free(grown->reason);
		return NULL;
	}
	content->count++;
	return grown;
}

int content_add_file(struct content *content, const char *path, mode_t permissions,
                     const void *data, size_t size, const char *reason)
{
	struct content_file *file = add(content, path, S_IFREG | permissions, reason);

	if (!file)
		return -ENOMEM;
	file->data = data;
	file->size = size;
	return 0;
}

int content_add_text(struct content *content, const char *path, mode_t permissions,
                     struct buffer *text, const char *reason)
{
	struct content_file *file = add(content, path, S_IFREG | permissions, reason);

	if (!file)
		return -ENOMEM;
	file->owned = *text;
	file->data = text->data;
	file->size = text->size;
	*text = (struct buffer){0};
	return 0;
}

int content_add_directory(struct content *content, const char *path, const char *reason)
{
	return add(content, path, S_IFDIR | 0755, reason) ? 0 : -ENOMEM;
}

int content_add_symlink(struct content *content, const char *path, const char *target,
                        const char *reason)
{
	struct content_file *file = add(content, path, S_IFLNK | 0777, reason);

	if (!file || buffer_append(&file->owned, target, strlen(target) + 1))
		return -ENOMEM;
	file->data = file->owned.data;
	file->size = strlen(target);
	return 0;
}

int content_add_character_device(struct content *content, const char *path, unsigned int major,
                                 unsigned int minor, const char *reason)
{
	struct content_file *file = add(content, path, S_IFCHR | 0600, reason);

	if (!file)
		return -ENOMEM;
	file->device = makedev(major, minor);
	return 0;
}

static int compare_paths(const void *a, const void *b)
{
	const struct content_file *p = a, *q = b;

	return strcmp(p->path, q->path);
}

static int compare_to_path(const void *path, const void *file)
{
	return strcmp(path, ((const struct content_file *)file)->path);
}

/* Looks among the first COUNT files, which are sorted. */
static struct content_file *find(const struct content *content, size_t count, const char *path)
{
	return bsearch(path, content->file, count, sizeof(*content->file), compare_to_path);
}

/* Adds what is missing of the directories above the first COUNT files, which are sorted. */
static int add_parents(struct content *content, size_t count, struct why *why)
{
	for (size_t i = 0; i < count; i++) {
		char *path = strdup(content->file[i].path);
		int rc = 0;

		if (!path)
			return why_memory(why);
		for (char *slash = strchr(path, '/'); slash && !rc;
		     slash = strchr(slash + 1, '/')) {
			struct content_file *above;

			*slash = '\0';
			above = find(content, count, path);
			if (above && !S_ISDIR(above->mode))
				rc = why_set(why, -ENOTDIR,
				             "/%s: cannot be put below /%s, which is no directory",
				             content->file[i].path, path);
			else if (!above && content_add_directory(content, path, "holds others"))
				rc = why_memory(why);
			*slash = '/';
		}
		free(path);
		if (rc)
			return rc;
	}
	return 0;
}

int content_finish(struct content *content, struct why *why)
{
	size_t given = content->count;
	size_t kept = 0;
	int rc;

	if (!given)
		return 0;
	qsort(content->file, given, sizeof(*content->file), compare_paths);
	for (size_t i = 1; i < given; i++)
		if (!strcmp(content->file[i - 1].path, content->file[i].path) &&
		    !(S_ISDIR(content->file[i - 1].mode) && S_ISDIR(content->file[i].mode)))
			return why_set(why, -EEXIST, "/%s: is asked for twice: %s, and %s",
			               content->file[i].path, content->file[i - 1].reason,
			               content->file[i].reason);
	rc = add_parents(content, given, why);
	if (rc)
		return rc;
	qsort(content->file, content->count, sizeof(*content->file), compare_paths);
	/* Directories may have come several times. */
	for (size_t i = 0; i < content->count; i++) {
		if (kept && !strcmp(content->file[kept - 1].path, content->file[i].path)) {
			free(content->file[i].path);
			free(content->file[i].reason);
			continue;
		}
		content->file[kept++] = content->file[i];
	}
	content->count = kept;
	return 0;
}

static la_ssize_t collect(struct archive *archive, void *data, const void *bytes, size_t size)
{
	if (buffer_append(data, bytes, size)) {
		archive_set_error(archive, ENOMEM, "out of memory");
		return -1;
	}
	return (la_ssize_t)size;
}

static int pack_file(struct archive *archive, struct archive_entry *entry,
                     const struct content_file *file, long number)
{
	archive_entry_clear(entry);
	archive_entry_copy_pathname(entry, file->path);
	archive_entry_set_mode(entry, file->mode);
	archive_entry_set_ino(entry, number);
	/* The kernel takes files with more than one link and the same number for the same file. */
	archive_entry_set_nlink(entry, S_ISDIR(file->mode) ? 2 : 1);
	archive_entry_set_mtime(entry, 0, 0);
	archive_entry_set_uid(entry, 0);
	archive_entry_set_gid(entry, 0);
	archive_entry_set_size(entry, 0);
	if (S_ISLNK(file->mode))
		archive_entry_copy_symlink(entry, file->data);
	if (S_ISCHR(file->mode))
		archive_entry_set_rdev(entry, file->device);
	if (S_ISREG(file->mode))
		archive_entry_set_size(entry, (la_int64_t)file->size);
	if (archive_write_header(archive, entry) != ARCHIVE_OK)
		return ARCHIVE_FATAL;
	if (S_ISREG(file->mode) && file->size &&
	    archive_write_data(archive, file->data, file->size) != (la_ssize_t)file->size)
		return ARCHIVE_FATAL;
	return archive_write_finish_entry(archive);
}

int content_pack(const struct content *content, struct buffer *buffer, struct why *why)
{
	struct archive *archive = archive_write_new();
	struct archive_entry *entry = archive_entry_new();
	int rc = ARCHIVE_FATAL;

	if (archive && entry && archive_write_set_format_cpio_newc(archive) == ARCHIVE_OK) {
		/* No padding to tape blocks: the kernel wants none. */
		archive_write_set_bytes_per_block(archive, 0);
		archive_write_set_bytes_in_last_block(archive, 1);
		rc = archive_write_open(archive, buffer, NULL, collect, NULL);
		for (size_t i = 0; rc == ARCHIVE_OK && i < content->count; i++)
			rc = pack_file(archive, entry, &content->file[i], (long)i + 1);
		if (rc == ARCHIVE_OK)
			rc = archive_write_close(archive);
	}
	if (rc != ARCHIVE_OK)
		rc = why_set(why, -EIO, "the archive cannot be made: %s",
		             archive && archive_error_string(archive)
		                     ? archive_error_string(archive)
		                     : "out of memory");
	archive_entry_free(entry);
	archive_write_free(archive);
	return rc;
}

void content_free(struct content *content)
{
	for (size_t i = 0; i < content->count; i++) {
		free(content->file[i].path);
		free(content->file[i].reason);
		buffer_free(&content->file[i].owned);
	}
	free(content->file);
	*content = (struct content){0};
}
