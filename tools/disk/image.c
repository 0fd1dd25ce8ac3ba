/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/disk/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/disk/reader.h"
#include "tools/host/args.h"
#include "tools/host/container.h"

static int has_modules(struct ext4 *ext4, void *context, struct buffer *output, struct why *why)
{
	(void)context;
	(void)output;
	return ext4_is_directory(ext4, "/lib/modules") ? 0
	                                               : why_set(why, -ENOENT, "no /lib/modules");
}

static void note(struct image *image, const struct partition *part)
{
	char *before = image->others;
	const char *holds = part->holds;

	image->others = part->number
	                        ? args_text("%s%sp%u %s", before ? before : "", before ? ", " : "",
	                                    part->number, *holds ? holds : "unknown")
	                        : args_text("%s", *holds ? holds : "nothing known");
	free(before);
}

/* Takes the part as the root if it is the best so far. Returns 1 when it certainly is the root. */
static int consider(struct image *image, const struct partition *part)
{
	const struct reader reader = {image->fd, part->offset, image->signals};
	struct why why;
	int rc = -ENOENT;

	note(image, part);
	if (!part->can_be_root)
		return 0;
	if (!strcmp(part->holds, "ext4"))
		rc = reader_run(&reader, has_modules, NULL, NULL, &why);
	if (rc == -EINTR)
		return rc;
	if (!rc || !image->file_system) {
		free(image->file_system);
		image->file_system = args_text("%s", part->holds);
		image->part = *part;
	}
	return !rc;
}

static int find_root(struct image *image, const struct partitions *list)
{
	int rc = 0;

	for (size_t i = 0; i < list->count && !rc; i++)
		rc = consider(image, &list->parts[i]);
	return rc < 0 ? rc : 0;
}

static int check_format(const struct image *image, struct why *why)
{
	char head[CONTAINER_HEAD] = {0};
	const struct container *container =
	        pread(image->fd, head, sizeof(head), 0) < 0 ? NULL : container_recognise(head);

	if (!container)
		return 0;
	return why_set(why, -EMEDIUMTYPE, "%s, not a raw disk image: %s", container->what,
	               container->remedy);
}

int image_open(struct image *image, const char *path, int signals, struct why *why)
{
	struct partitions *list;
	struct stat st;
	off_t size;
	int rc;

	/* A FIFO would have to be waited for. */
	*image = (struct image){.path = path,
	                        .fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC),
	                        .signals = signals};
	if (image->fd < 0 || fstat(image->fd, &st) < 0)
		return why_set(why, -errno, "%s", strerror(errno));
	if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
		return why_set(why, -EINVAL, "neither a disk image nor a block device");
	size = lseek(image->fd, 0, SEEK_END);
	if (size < 0)
		return why_set(why, -errno, "%s", strerror(errno));
	if (size < 512)
		return why_set(why, -EINVAL, "smaller than a disk's sector (512 bytes)");
	image->size = (uint64_t)size;
	rc = check_format(image, why);
	if (rc)
		return rc;
	list = calloc(1, sizeof(*list));
	if (!list)
		abort();
	rc = partitions_read(list, image->fd, image->size);
	if (rc)
		why_set(why, rc, "reading it: %s", strerror(-rc));
	else
		rc = find_root(image, list);
	free(list);
	return rc;
}

void image_close(struct image *image)
{
	if (image->fd >= 0)
		close(image->fd);
	free(image->file_system);
	free(image->others);
	image->fd = -1;
}

int image_explain(const struct image *image, int rc, struct why *why)
{
	struct why seen = *why;
	char at[32] = "";

	if (rc != -EUCLEAN)
		return rc;
	if (image->part.offset)
		snprintf(at, sizeof(at), "?offset=%llu", (unsigned long long)image->part.offset);
	return why_set(why, rc,
	               "its ext4 is damaged (%.300s): mend it while no machine uses it: e2fsck -f "
	               "'%.500s%s'",
	               seen.text, image->path, at);
}
