/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/publish/generations.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/cli/buffer.h"
#include "tools/cli/cli.h"
#include "tools/cli/outfile.h"
#include "tools/host/args.h"
#include "tools/host/files.h"

static const char identity_file[] = "identity";
static const char unfinished[] = ".publish.";

enum { IDENTITY_LIMIT = 16384 };

static int fail(struct why *why, const char *path, const char *name)
{
	int error = errno;

	return why_set(why, -error, "%s%s%s: %s", path, name ? "/" : "", name ? name : "",
	               strerror(error));
}

static char *path_of(const struct generations *generations, const char *name, const char *file)
{
	return args_text("%s/%s%s%s", generations->path, name, file ? "/" : "", file ? file : "");
}

/* Calls a function for each name in the folder. */
static int for_each(const struct generations *generations,
                    void (*each)(const struct generations *generations, const char *name,
                                 void *context),
                    void *context, struct why *why)
{
	DIR *dir = opendir(generations->path);
	struct dirent *entry;

	if (!dir)
		return fail(why, generations->path, NULL);
	while ((entry = readdir(dir)))
		each(generations, entry->d_name, context);
	closedir(dir);
	return 0;
}

/* ---- the script
 * --------------------------------------------------------------------------------- */

/* What is named and not there is not named. */
static void keep_existing(const struct generations *generations, char **name)
{
	char *path = *name ? path_of(generations, *name, GENERATIONS_KERNEL) : NULL;

	if (path && access(path, F_OK)) {
		free(*name);
		*name = NULL;
	}
	free(path);
}

static int read_script(struct generations *generations, struct why *why)
{
	char *path = path_of(generations, GENERATIONS_SCRIPT, NULL);
	size_t n;
	char *script = files_read(path, NAMES_MAX, &n);
	int rc = 0;

	if (!script && errno != ENOENT)
		rc = fail(why, path, NULL);
	else if (script && names_parse(script, &generations->names))
		rc = why_set(why, -EEXIST,
		             "%s: it is not one that was made here: move it out of the way", path);
	keep_existing(generations, &generations->names.current);
	keep_existing(generations, &generations->names.previous);
	free(script);
	free(path);
	return rc;
}

static int write_file(const char *path, const struct buffer *text, struct why *why)
{
	struct outfile out;
	int rc = outfile_open(&out, path, OUTFILE_NAMELESS);

	if (!rc) {
		rc = outfile_write(&out, text->data, text->size);
		if (!rc && fsync(out.fd))
			rc = -errno;
		if (rc)
			outfile_abort(&out);
		else
			rc = outfile_commit(&out);
	}
	if (!rc && chmod(path, 0644) < 0)
		rc = -errno;
	return rc ? why_set(why, rc, "%s: %s", path, strerror(-rc)) : 0;
}

static int write_script(const struct generations *generations, struct why *why)
{
	char *path = path_of(generations, GENERATIONS_SCRIPT, NULL);
	struct buffer text = {0};
	int rc = names_write(&generations->names, &text) ? why_memory(why)
	                                                 : write_file(path, &text, why);

	if (!rc && fsync(generations->fd))
		rc = fail(why, generations->path, NULL);
	buffer_free(&text);
	free(path);
	return rc;
}

/* ---- the folder
 * --------------------------------------------------------------------------------- */

static void remove_unfinished(const struct generations *generations, const char *name,
                              void *context)
{
	char *path;

	(void)context;
	if (strncmp(name, unfinished, strlen(unfinished)) != 0)
		return;
	path = path_of(generations, name, NULL);
	files_remove_tree(path);
	free(path);
}

int generations_open(struct generations *generations, const char *path, struct why *why)
{
	int rc;

	*generations = (struct generations){.path = path, .fd = -1};
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return fail(why, path, NULL);
	generations->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (generations->fd < 0)
		return fail(why, path, NULL);
	if (flock(generations->fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK
		               ? why_set(why, -EBUSY,
		                         "%s: another 'etherroot publish' is at work there", path)
		               : fail(why, path, NULL);
	rc = read_script(generations, why);
	return rc ? rc : for_each(generations, remove_unfinished, NULL, why);
}

void generations_close(struct generations *generations)
{
	if (generations->fresh)
		files_remove_tree(generations->fresh);
	free(generations->fresh);
	names_free(&generations->names);
	if (generations->fd >= 0)
		close(generations->fd);
	*generations = (struct generations){.fd = -1};
}

/* The lines that a generation is of; "" when it has none. The caller frees. */
static char *identities_of(const struct generations *generations, const char *name)
{
	char *path = name ? path_of(generations, name, identity_file) : NULL;
	size_t n;
	char *text = path ? files_read(path, IDENTITY_LIMIT, &n) : NULL;

	free(path);
	return text ? text : args_text("%s", "");
}

char *generations_identity(const struct generations *generations)
{
	return identities_of(generations, generations->names.current);
}

char *generations_identities(const struct generations *generations)
{
	char *current = identities_of(generations, generations->names.current);
	char *previous = identities_of(generations, generations->names.previous);
	char *both = args_text("%s%s", current, previous);

	free(previous);
	free(current);
	return both;
}

bool generations_is(const struct generations *generations, const char *name, const char *identity)
{
	char *all = identities_of(generations, name), *rest = all, *line;
	bool is = false;

	while (!is && (line = strsep(&rest, "\n")))
		is = !strcmp(line, identity);
	free(all);
	return is;
}

/* ---- a new one
 * ---------------------------------------------------------------------------------- */

int generations_begin(struct generations *generations, struct why *why)
{
	generations->fresh = args_text("%s/%sXXXXXX", generations->path, unfinished);
	if (mkdtemp(generations->fresh))
		return 0;
	free(generations->fresh);
	generations->fresh = NULL;
	return fail(why, generations->path, NULL);
}

static bool same_bytes(FILE *a, FILE *b)
{
	char one[65536], other[65536];
	size_t n, m;

	do {
		n = fread(one, 1, sizeof(one), a);
		m = fread(other, 1, sizeof(other), b);
	} while (n && n == m && !memcmp(one, other, n));
	return !n && !m && !ferror(a) && !ferror(b);
}

static bool same_file(const struct generations *generations, const char *name)
{
	char *old = path_of(generations, generations->names.current, name);
	char *new = args_text("%s/%s", generations->fresh, name);
	FILE *a = fopen(old, "re"), *b = fopen(new, "re");
	bool same = a && b && same_bytes(a, b);

	if (a)
		fclose(a);
	if (b)
		fclose(b);
	free(new);
	free(old);
	return same;
}

bool generations_same(const struct generations *generations)
{
	return generations->names.current && same_file(generations, GENERATIONS_KERNEL) &&
	       same_file(generations, GENERATIONS_INITRD);
}

static int write_identity(const char *folder, const char *identity, struct why *why)
{
	char *path = args_text("%s/%s", folder, identity_file);
	struct buffer text = {0};
	int rc = buffer_printf(&text, "%s\n", identity) ? why_memory(why)
	                                                : write_file(path, &text, why);

	buffer_free(&text);
	free(path);
	return rc;
}

int generations_adopt(struct generations *generations, const char *identity, struct why *why)
{
	char *folder = path_of(generations, generations->names.current, NULL);
	int rc = write_identity(folder, identity, why);

	free(folder);
	files_remove_tree(generations->fresh);
	free(generations->fresh);
	generations->fresh = NULL;
	return rc;
}

/* What is handed out to whoever asks may be read by whoever hands it out. */
static int settle(const char *folder, const char *name, struct why *why)
{
	char *path = args_text("%s/%s", folder, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool is_folder = !strcmp(name, ".");
	int rc = fd < 0 || fchmod(fd, is_folder ? 0755 : 0644) || fsync(fd) ? fail(why, path, NULL)
	                                                                    : 0;

	if (fd >= 0)
		close(fd);
	free(path);
	return rc;
}

static void find_highest(const struct generations *generations, const char *name, void *context)
{
	unsigned long *highest = context, number = names_number(name);

	(void)generations;
	if (number > *highest)
		*highest = number;
}

static void set(char **text, const char *to)
{
	free(*text);
	*text = to ? args_text("%s", to) : NULL;
}

/* One with that name is the current one from now on. */
static void follow(struct generations *generations, char *name)
{
	struct names *names = &generations->names;

	if (names->trial && names->previous) {
		free(names->current);
	} else {
		free(names->previous);
		names->previous = names->current;
	}
	names->current = name;
	set(&names->trial, names->previous ? generations->trial : NULL);
	set(&names->fallen, NULL);
}

/* Gives the fresh one its name, once it is on the disk. */
static int name_fresh(struct generations *generations, const char *version, struct why *why)
{
	static const char *const names[] = {GENERATIONS_KERNEL, GENERATIONS_INITRD, "."};
	unsigned long highest = 0;
	int rc = for_each(generations, find_highest, &highest, why);
	char *name, *path;

	for (size_t i = 0; !rc && i < sizeof(names) / sizeof(names[0]); i++)
		rc = settle(generations->fresh, names[i], why);
	if (rc)
		return rc;
	name = names_make(version, highest + 1);
	path = path_of(generations, name, NULL);
	if (rename(generations->fresh, path) < 0)
		rc = fail(why, path, NULL);
	free(path);
	if (rc) {
		free(name);
		return rc;
	}
	free(generations->fresh);
	generations->fresh = NULL;
	follow(generations, name);
	return 0;
}

/* Of ours, and neither of the two. */
static void remove_old(const struct generations *generations, const char *name, void *context)
{
	char *identity;

	(void)context;
	if (!names_number(name) || !strcmp(name, generations->names.current) ||
	    (generations->names.previous && !strcmp(name, generations->names.previous)))
		return;
	identity = path_of(generations, name, identity_file);
	if (!access(identity, F_OK)) {
		*strrchr(identity, '/') = '\0';
		files_remove_tree(identity);
	}
	free(identity);
}

int generations_commit(struct generations *generations, const char *version, const char *identity,
                       struct why *why)
{
	int rc = write_identity(generations->fresh, identity, why);

	if (!rc)
		rc = name_fresh(generations, version, why);
	if (!rc)
		rc = write_script(generations, why);
	return rc ? rc : for_each(generations, remove_old, NULL, why);
}

static int swap(struct generations *generations, struct why *why)
{
	struct names *names = &generations->names;
	char *current = names->current;

	if (!current || !names->previous)
		return why_set(why, -ENOENT, "%s: there is no generation before this one",
		               generations->path);
	names->current = names->previous;
	names->previous = current;
	return 0;
}

int generations_swap(struct generations *generations, struct why *why)
{
	bool was_on_trial = generations->names.trial != NULL;
	int rc = swap(generations, why);

	if (rc)
		return rc;
	set(&generations->names.trial, was_on_trial ? NULL : generations->trial);
	set(&generations->names.fallen, NULL);
	return write_script(generations, why);
}

int generations_pass(struct generations *generations, struct why *why)
{
	set(&generations->names.trial, NULL);
	return write_script(generations, why);
}

int generations_fall_back(struct generations *generations, struct why *why)
{
	int rc = swap(generations, why);

	if (rc)
		return rc;
	set(&generations->names.trial, NULL);
	set(&generations->names.fallen, generations->names.previous);
	return write_script(generations, why);
}

int generations_move_trial(struct generations *generations, struct why *why)
{
	set(&generations->names.trial, generations->trial);
	return write_script(generations, why);
}
