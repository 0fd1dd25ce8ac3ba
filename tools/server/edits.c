/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/server/edits.h"

#include <dirent.h>
#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/cli/outfile.h"
#include "tools/host/args.h"
#include "tools/host/child.h"
#include "tools/host/clock.h"
#include "tools/host/files.h"
#include "tools/host/regular.h"

/* Bytes of what may lie in the place of a file that is made; more is not one of ours. */
enum { MADE_MAX = 4 * INVENTORY_MAX };

/* ---- to find them ---- */

/* Adds one for path; *edit is it. */
static struct edit *add(struct edits *edits, const struct site *site, const char *path)
{
	struct edit *list = reallocarray(edits->list, edits->count + 1, sizeof(*list));

	if (!list)
		abort();
	edits->list = list;
	list[edits->count] =
	        (struct edit){.path = args_text("%s", path), .full = site_path(site, path)};
	return &list[edits->count++];
}

static void release(struct edit *edit)
{
	free(edit->path);
	free(edit->full);
	free(edit->before);
	buffer_free(&edit->after);
}

static void drop_last(struct edits *edits)
{
	release(&edits->list[--edits->count]);
}

/* What is there now. */
static int read_before(struct edit *edit, struct why *why)
{
	int rc = regular_read(edit->full, MADE_MAX, &edit->before, &edit->before_length);

	if (rc == -ENOENT)
		return 0;
	if (rc)
		return why_set(why, rc, "%s: %s", edit->full, regular_explain(rc));
	edit->existed = true;
	return 0;
}

static int refuse_other(const struct edit *edit, struct why *why)
{
	return why_set(why, -EEXIST,
	               "%s: is not made from %s, and is left as it is: take over what it says "
	               "(exports stand there as they do here), then move it away",
	               edit->full, INVENTORY_PATH);
}

static bool is_same(const struct edit *edit)
{
	return edit->existed && edit->before_length == edit->after.size &&
	       (!edit->after.size || !memcmp(edit->before, edit->after.data, edit->after.size));
}

static int find_text(const struct site *site, const struct output *output, struct edits *edits,
                     struct why *why)
{
	struct edit *edit = add(edits, site, output->path);
	int rc = read_before(edit, why);

	if (rc)
		return rc;
	if (edit->existed && !outputs_is_marked(edit->before, edit->before_length))
		return refuse_other(edit, why);
	if (buffer_append(&edit->after, output->text.data, output->text.size))
		return why_memory(why);
	if (is_same(edit))
		drop_last(edits);
	return 0;
}

/* Whatever is in its place already is somebody's own. */
static int find_link(const struct site *site, const struct output *output, struct edits *edits,
                     struct why *why)
{
	struct edit *edit = add(edits, site, output->path);
	struct stat status;

	if (!lstat(edit->full, &status)) {
		drop_last(edits);
		return 0;
	}
	edit->link = true;
	return buffer_append(&edit->after, output->text.data, output->text.size) ? why_memory(why)
	                                                                         : 0;
}

/* A file that was made before, and is not any more. */
static void find_stale(const struct site *site, const char *path, struct edits *edits)
{
	struct edit *edit = add(edits, site, path);
	struct why ignored;

	edit->remove = true;
	if (read_before(edit, &ignored) || !edit->existed ||
	    !outputs_is_marked(edit->before, edit->before_length))
		drop_last(edits);
}

static void find_stale_scripts(const struct site *site, const struct outputs *outputs,
                               struct edits *edits)
{
	char *folder = site_path(site, OUTPUTS_BOOT);
	DIR *dir = opendir(folder);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		char *path = args_text(OUTPUTS_BOOT "/%s/" OUTPUTS_SCRIPT, entry->d_name);

		if (inventory_valid_name(entry->d_name) && !outputs_find(outputs, path))
			find_stale(site, path, edits);
		free(path);
	}
	if (dir)
		closedir(dir);
	free(folder);
}

static int find(const struct site *site, const struct outputs *outputs, struct edits *edits,
                struct why *why)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < outputs->count; i++)
		rc = (outputs->list[i].link ? find_link : find_text)(site, &outputs->list[i], edits,
		                                                     why);
	if (rc)
		return rc;
	if (!outputs_find(outputs, OUTPUTS_HTTP))
		find_stale(site, OUTPUTS_HTTP, edits);
	find_stale_scripts(site, outputs, edits);
	return 0;
}

/* Adds those that edits has not yet. */
static int find_made(const struct site *site, struct edits *edits, struct why *why)
{
	struct outputs outputs;
	struct why what;
	int rc = outputs_make(&site->inventory, &outputs, &what);

	if (rc)
		return why_set(why, rc, "%s%s: %s", site->root, INVENTORY_PATH, what.text);
	rc = find(site, &outputs, edits, why);
	outputs_release(&outputs);
	if (rc)
		edits_release(edits);
	return rc;
}

int edits_find(const struct site *site, struct edits *edits, struct why *why)
{
	*edits = (struct edits){0};
	return find_made(site, edits, why);
}

int edits_find_all(const struct site *site, struct edits *edits, struct why *why)
{
	struct edit *edit;
	int rc;

	*edits = (struct edits){0};
	edit = add(edits, site, INVENTORY_PATH);
	rc = read_before(edit, why);
	if (!rc && buffer_append(&edit->after, site->text, site->length))
		rc = why_memory(why);
	if (!rc && is_same(edit))
		drop_last(edits);
	if (rc) {
		edits_release(edits);
		return rc;
	}
	return find_made(site, edits, why);
}

void edits_release(struct edits *edits)
{
	for (size_t i = 0; i < edits->count; i++)
		release(&edits->list[i]);
	free(edits->list);
	*edits = (struct edits){0};
}

bool edits_has(const struct edits *edits, const char *path)
{
	for (size_t i = 0; i < edits->count; i++)
		if (!strcmp(edits->list[i].path, path))
			return true;
	return false;
}

/* ---- to show them ---- */

/* The new text, as a descriptor that is read from its beginning; or a negative errno. */
static int hold(const struct buffer *text)
{
	int fd = memfd_create("new", MFD_CLOEXEC);
	size_t done = 0;

	if (fd < 0)
		return -errno;
	while (done < text->size) {
		ssize_t n = write(fd, text->data + done, text->size - done);

		if (n <= 0) {
			close(fd);
			return -EIO;
		}
		done += (size_t)n;
	}
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static int show(const struct edit *edit, struct why *why)
{
	struct args args = {0};
	struct child_io io = CHILD_IO;
	int fd = hold(&edit->after), status;

	if (fd < 0)
		return why_set(why, fd, "%s: %s", edit->full, strerror(-fd));
	args_add(&args, "diff");
	args_add(&args, "-u");
	args_add(&args, "--label=%s", edit->existed ? edit->full : "/dev/null");
	args_add(&args, "--label=%s", edit->remove ? "/dev/null" : edit->full);
	args_add(&args, "%s", edit->existed ? edit->full : "/dev/null");
	args_add(&args, "-");
	io.in = fd;
	io.out = STDOUT_FILENO;
	io.err = STDERR_FILENO;
	status = child_run(args.v, &io, clock_now() + 60 * CLOCK_SECOND, -1);
	close(fd);
	args_free(&args);
	if (status < 0)
		return why_set(why, status, "diff: %s", strerror(-status));
	/* 1: there are differences. */
	return WIFEXITED(status) && WEXITSTATUS(status) < 2
	               ? 0
	               : why_set(why, -EIO, "%s: diff failed", edit->full);
}

int edits_show(const struct edits *edits, struct why *why)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < edits->count; i++)
		if (!edits->list[i].link)
			rc = show(&edits->list[i], why);
	return rc;
}

/* ---- to make them ---- */

static int make_folder(const char *path)
{
	char *copy = args_text("%s", path);
	int rc = files_make_folders(dirname(copy));

	free(copy);
	return rc;
}

static int write_file(const char *path, const void *text, size_t length)
{
	int rc = make_folder(path);

	return rc ? rc : outfile_save(path, text, length);
}

static int make_link(const struct edit *edit)
{
	char *target = args_text("%.*s", (int)edit->after.size, (char *)edit->after.data);
	int rc = make_folder(edit->full);

	if (!rc && symlink(target, edit->full))
		rc = -errno;
	free(target);
	return rc;
}

static int make(const struct edit *edit)
{
	if (edit->link)
		return make_link(edit);
	if (edit->remove)
		return unlink(edit->full) ? -errno : 0;
	return write_file(edit->full, edit->after.data, edit->after.size);
}

static void undo(const struct edit *edit)
{
	if (edit->existed)
		write_file(edit->full, edit->before, edit->before_length);
	else
		unlink(edit->full);
}

int edits_make(const struct edits *edits, struct why *why)
{
	int rc = 0;
	size_t i;

	for (i = 0; i < edits->count; i++) {
		rc = make(&edits->list[i]);
		if (rc)
			break;
	}
	if (!rc)
		return 0;
	why_set(why, rc, "%s: %s: nothing was changed", edits->list[i].full, strerror(-rc));
	while (i--)
		undo(&edits->list[i]);
	return rc;
}
