/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/boot/image/debugfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/host/args.h"
#include "tools/host/child.h"
#include "tools/host/clock.h"

/* Taking out all modules of a kernel takes seconds; only a dead disk takes longer than this. */
#define DEADLINE (300 * CLOCK_SECOND)

static char *read_output(int fd)
{
	struct stat st;
	char *output;
	ssize_t n;

	if (fstat(fd, &st) < 0)
		return NULL;
	output = malloc((size_t)st.st_size + 1);
	if (!output)
		abort();
	n = pread(fd, output, (size_t)st.st_size, 0);
	output[n < 0 ? 0 : n] = '\0';
	return output;
}

char *debugfs_run(const struct debugfs *debugfs, const char *command, int *rc)
{
	struct args args = {0};
	struct child_io io = CHILD_IO;
	char *output = NULL;

	io.out = memfd_create("debugfs", MFD_CLOEXEC);
	if (io.out < 0) {
		*rc = -errno;
		return NULL;
	}
	/* Through its descriptor the image may have any name. -c: without the block bitmaps. */
	io.keep[0] = debugfs->fd;
	args_add(&args, DEBUGFS);
	args_add(&args, "-c");
	args_add(&args, "-R");
	args_add(&args, "%s", command);
	args_add(&args, "/proc/self/fd/%d?offset=%llu", debugfs->fd,
	         (unsigned long long)debugfs->offset);
	*rc = child_run(args.v, &io, clock_now() + DEADLINE, debugfs->signals);
	if (*rc > 0)
		*rc = -EIO;
	if (!*rc)
		output = read_output(io.out);
	args_free(&args);
	close(io.out);
	return output;
}

/* "/INODE/MODE/UID/GID/NAME/SIZE/", the mode in octal. */
static int parse_entry(const char *line, size_t length, struct debugfs_entry *entry)
{
	const char *field[7];
	const char *end = line + length;
	size_t n = 0;

	for (const char *c = line; c < end && n < 7; c++)
		if (*c == '/')
			field[n++] = c + 1;
	if (n < 7 || *line != '/' || field[5] - field[4] > (ptrdiff_t)sizeof(entry->name))
		return 0;
	entry->mode = (uint32_t)strtoul(field[1], NULL, 8);
	entry->size = strtoull(field[5], NULL, 10);
	memcpy(entry->name, field[4], (size_t)(field[5] - field[4] - 1));
	entry->name[field[5] - field[4] - 1] = '\0';
	return entry->name[0] != '\0';
}

int debugfs_next(const char **at, struct debugfs_entry *entry)
{
	while (**at) {
		const char *line = *at;
		size_t length = strcspn(line, "\n");

		*at += length + (line[length] == '\n');
		if (parse_entry(line, length, entry))
			return 1;
	}
	return 0;
}
