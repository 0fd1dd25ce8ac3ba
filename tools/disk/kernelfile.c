/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/disk/kernelfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/disk/cache.h"
#include "tools/disk/kernel.h"
#include "tools/host/args.h"
#include "tools/host/files.h"
#include "tools/unpack/decompress.h"

/* Larger than any kernel is, compressed and not: a damaged size must not eat the memory. */
enum { PACKED_LIMIT = 256 << 20, UNPACKED_LIMIT = 1 << 30 };

int kernel_file_version(const char *file, char **version)
{
	size_t n;
	char *head = files_read(file, KERNEL_HEAD, &n);
	int rc = head ? kernel_version(head, n, version) : -errno;

	free(head);
	return rc;
}

static int unpack(const char *file, struct buffer *vmlinux)
{
	struct buffer image = {0};
	struct why why;
	size_t offset, length;
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	int rc = fd < 0 ? -errno : buffer_read(&image, fd, PACKED_LIMIT);

	if (fd >= 0)
		close(fd);
	if (!rc)
		rc = kernel_payload(image.data, image.size, &offset, &length);
	if (!rc)
		rc = buffer_append(vmlinux, image.data + offset, length);
	buffer_free(&image);
	if (!rc)
		rc = decompress_data(vmlinux, UNPACKED_LIMIT, &why);
	if (!rc && !kernel_has_pvh_entry(vmlinux->data, vmlinux->size))
		rc = -ENOEXEC;
	return rc;
}

static int write_file(const char *path, const struct buffer *data)
{
	FILE *file = fopen(path, "we");
	int rc = 0;

	if (!file)
		return -errno;
	if (fwrite(data->data, 1, data->size, file) != data->size)
		rc = -EIO;
	if (fclose(file))
		rc = -errno;
	return rc;
}

static int fill(const char *file, const char *directory)
{
	struct buffer vmlinux = {0};
	char *path = args_text("%s/vmlinux", directory);
	int rc = unpack(file, &vmlinux);

	if (!rc)
		rc = write_file(path, &vmlinux);
	free(path);
	buffer_free(&vmlinux);
	return rc;
}

int kernel_file_unpack(const char *file, char **vmlinux, int *lock)
{
	static const char kind[] = "unpacked";
	struct cache_entry entry;
	struct stat st;
	char *identity;
	int rc;

	if (stat(file, &st) < 0)
		return -errno;
	identity = args_text("%s %ju %ju %jd %jd.%09ld", file, (uintmax_t)st.st_dev,
	                     (uintmax_t)st.st_ino, (intmax_t)st.st_size,
	                     (intmax_t)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
	rc = cache_find(&entry, kind, identity);
	if (rc == -ENOENT) {
		rc = cache_begin(&entry, kind, identity);
		if (!rc)
			rc = fill(file, entry.path);
		if (!rc)
			rc = cache_commit(&entry);
		else
			cache_abort(&entry);
	}
	free(identity);
	if (!rc) {
		*vmlinux = args_text("%s/vmlinux", entry.path);
		*lock = entry.lock;
		entry.lock = -1;
	}
	cache_release(&entry);
	return rc;
}
