/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/sysfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int sysfs_read_all(const char *path, char *buffer, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t length = 0;
	ssize_t n = 1;

	buffer[0] = '\0';
	if (fd < 0)
		return -errno;
	/* The kernel gives long lists piece by piece. */
	while (n > 0 && length < size - 1) {
		n = read(fd, buffer + length, size - 1 - length);
		length += n > 0 ? (size_t)n : 0;
	}
	close(fd);
	buffer[n < 0 ? 0 : length] = '\0';
	return n < 0 ? -EIO : (int)length;
}

int sysfs_read(const char *path, char *buffer, size_t size)
{
	int rc = sysfs_read_all(path, buffer, size);

	if (rc < 0)
		return rc;
	buffer[strcspn(buffer, "\n")] = '\0';
	return (int)strlen(buffer);
}

int sysfs_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int rc = fd < 0 || write(fd, text, strlen(text)) < 0 ? -errno : 0;

	if (fd >= 0)
		close(fd);
	return rc;
}

/* One entry of getdents64(2), as the kernel lays it out (include/linux/dirent.h). */
struct entry {
	uint64_t inode;
	int64_t offset;
	unsigned short size;
	unsigned char type;
	char name[];
};

/* The system call itself: opendir(3) would bring malloc into a program that has no use for it. */
void sysfs_each_in(int fd, bool (*visit)(void *context, const char *name), void *context)
{
	char buffer[2048] __attribute__((aligned(8)));
	long length;

	while ((length = syscall(SYS_getdents64, fd, buffer, sizeof(buffer))) > 0) {
		const struct entry *entry;

		for (long at = 0; at < length; at += entry->size) {
			entry = (const struct entry *)(const void *)(buffer + at);
			if (strcmp(entry->name, ".") != 0 && strcmp(entry->name, "..") != 0 &&
			    !visit(context, entry->name))
				return;
		}
	}
}

void sysfs_each(const char *path, bool (*visit)(void *context, const char *name), void *context)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	sysfs_each_in(fd, visit, context);
	close(fd);
}
