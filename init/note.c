/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/note.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/report.h"
#include "tools/base/text.h"

/* Makes the directories above a path. */
static void make_way(const char *path)
{
	char directory[128];

	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		size_t length = (size_t)(slash - path);
		struct text text;

		text_begin(&text, directory, sizeof(directory));
		text_add_bytes(&text, path, length);
		mkdir(directory, 0755);
	}
}

struct note note_begin(const char *path, mode_t mode)
{
	struct note note = {.path = path};

	make_way(path);
	note.fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	note.rc = note.fd < 0 ? -errno : 0;
	return note;
}

void note_write(struct note *note, const char *string)
{
	size_t length = strlen(string);
	ssize_t written = note->rc ? 0 : write(note->fd, string, length);

	if (!note->rc && written != (ssize_t)length)
		note->rc = written < 0 ? -errno : -ENOSPC;
}

void note_end(const struct note *note, const char *consequence)
{
	if (note->fd >= 0)
		close(note->fd);
	if (note->rc)
		report_warning(note->path, "not written, ", report_errno(note->rc), ": ",
		               consequence);
}
