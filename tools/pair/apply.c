/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/pair/apply.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/cli/outfile.h"
#include "tools/host/files.h"
#include "tools/host/regular.h"
#include "tools/host/steps.h"
#include "tools/pair/commands.h"
#include "tools/pair/mirror.h"
#include "tools/pair/needs.h"
#include "tools/pair/recipes.h"
#include "tools/pair/volume.h"

enum { TEXT_MOST = 1 << 20 }; /* bytes of a configuration file of others' */

static bool has(const struct args *args, const char *word)
{
	for (size_t i = 0; i < args->n; i++)
		if (!strcmp(args->v[i], word))
			return true;
	return false;
}

static int make_texts(const struct apply *apply, struct buffer *pairing, struct recipes *recipes,
                      struct why *why)
{
	*pairing = (struct buffer){0};
	if (!recipes_make(&apply->pairing, apply->server, apply->program, recipes) &&
	    !pairing_write(&apply->pairing, pairing))
		return 0;
	recipes_release(recipes);
	buffer_free(pairing);
	return why_memory(why);
}

/* ---- what would be lost ---- */

/* A volume of the server whose data is kept may have some, if that was said. */
static int judge_data(const struct apply *apply, const char *volume, const char *what,
                      struct why *why)
{
	const char *own = apply->pairing.servers[apply->server].name;
	char *name = args_text("%s:%s", own, volume);
	bool named = has(&apply->overwrite, name), kept;
	int rc = 0;

	kept = apply->data_of && apply->server == apply->source;
	if (!named && !kept)
		rc = why_set(why, -EEXIST,
		             "%s: has data on it (%s): --data-of %s keeps it, and overwrites the "
		             "other server's; --overwrite %s gives it up",
		             volume, what, own, name);
	free(name);
	return rc;
}

static int look_at(const struct apply *apply, const struct pairing_export *export, bool *made,
                   struct why *why)
{
	const char *volume = export->volumes[apply->server];
	enum volume_content content;
	char what[VOLUME_WHAT];
	int rc = volume_look(volume, &content, what, why);

	*made = true;
	if (rc || content == VOLUME_BLANK)
		return rc;
	return judge_data(apply, volume, content == VOLUME_MIRROR ? "half of a DRBD mirror" : what,
	                  why);
}

/* What is up already is left as it is. */
static int look_at_volumes(const struct apply *apply, bool made[PAIRING_EXPORTS_MAX],
                           struct why *why)
{
	struct mirrors mirrors;
	int rc = 0;

	mirrors_read(&mirrors);
	for (size_t i = 0; i < apply->pairing.export_count && !rc; i++) {
		const struct pairing_export *export = &apply->pairing.exports[i];

		made[i] = false;
		if (!mirrors_find(&mirrors, export->minor))
			rc = look_at(apply, export, &made[i], why);
	}
	return rc;
}

/* A file that is in the way, and was not made here, is somebody's work. */
static int look_at_file(const struct apply *apply, const struct recipe *recipe, struct why *why)
{
	char *text;
	size_t length;
	int rc = regular_read(recipe->path, TEXT_MOST, &text, &length);
	bool own;

	if (rc == -ENOENT || has(&apply->replace, recipe->path))
		return 0;
	if (rc)
		return why_set(why, rc, "%s: %s", recipe->path, regular_explain(rc));
	own = strstr(text, RECIPES_MADE) != NULL;
	free(text);
	if (own)
		return 0;
	return why_set(why, -EEXIST,
	               "%s: is there, and was not made by this command: --replace %s gives it up",
	               recipe->path, recipe->path);
}

static int look_at_files(const struct apply *apply, const struct recipes *recipes, struct why *why)
{
	int rc = 0;

	for (size_t i = 0; i < recipes->count && !rc; i++)
		rc = look_at_file(apply, &recipes->list[i], why);
	return rc;
}

/* A time that systemd does not take would be a timer that never comes. */
static int look_at_time(const struct apply *apply, struct why *why)
{
	struct buffer said = {0};
	struct args args = {0};
	struct why reason;
	int rc;

	if (!apply->pairing.resync)
		return 0;
	args_add(&args, "systemd-analyze");
	args_add(&args, "calendar");
	args_add(&args, "%s", apply->pairing.resync);
	rc = steps_read(&args, TEXT_MOST, &said, &reason);
	buffer_free(&said);
	return rc ? why_set(why, rc, "resync: %s: it is a time as systemd.time(7) has it",
	                    reason.text)
	          : 0;
}

/* ---- doing it ---- */

static int save(const char *path, mode_t mode, const struct buffer *text, struct why *why)
{
	char *folder = args_text("%s", path);
	mode_t before = umask(0777 & ~mode);
	int rc;

	*strrchr(folder, '/') = '\0';
	umask(022);
	rc = files_make_folders(folder);
	umask(0777 & ~mode);
	if (!rc)
		rc = outfile_save(path, text->data, text->size);
	if (!rc && chmod(path, mode))
		rc = -errno;
	umask(before);
	free(folder);
	if (rc)
		return why_set(why, rc, "%s: %s", path, strerror(-rc));
	printf("made %s\n", path);
	return 0;
}

static int save_all(const struct buffer *pairing, const struct recipes *recipes, struct why *why)
{
	int rc = save(PAIRING_PATH, 0600, pairing, why);

	for (size_t i = 0; i < recipes->count && !rc; i++)
		rc = save(recipes->list[i].path, recipes->list[i].mode, &recipes->list[i].text,
		          why);
	return rc;
}

static void print_command(const struct args *args)
{
	for (size_t i = 0; i < args->n; i++) {
		char *quoted = commands_quote(args->v[i]);

		printf("%s%s", i ? " " : "  ", quoted);
		free(quoted);
	}
	printf("\n");
}

static void announce_wait(const struct apply *apply)
{
	if (apply->server != apply->source || apply->ssh)
		return;
	printf("%s is waited for: run this command there, too\n",
	       apply->pairing.servers[!apply->server].name);
}

static int run_all(struct commands *commands, struct why *why)
{
	int rc = 0;

	for (size_t i = 0; i < commands->count; i++) {
		if (rc) {
			args_free(&commands->list[i]);
			continue;
		}
		print_command(&commands->list[i]);
		fflush(stdout);
		rc = steps_run(&commands->list[i], STEPS_LONG, why);
	}
	return rc;
}

int apply_make(const struct apply *apply, struct why *why)
{
	bool made[PAIRING_EXPORTS_MAX];
	struct commands commands;
	struct recipes recipes;
	struct buffer pairing;
	int rc = make_texts(apply, &pairing, &recipes, why);

	if (rc)
		return rc;
	rc = needs_check(&apply->pairing, apply->server, why);
	if (!rc)
		rc = look_at_volumes(apply, made, why);
	if (!rc)
		rc = look_at_files(apply, &recipes, why);
	if (!rc)
		rc = look_at_time(apply, why);
	if (!rc)
		rc = save_all(&pairing, &recipes, why);
	if (!rc) {
		announce_wait(apply);
		commands_make(apply, made, &commands);
		rc = run_all(&commands, why);
	}
	recipes_release(&recipes);
	buffer_free(&pairing);
	return rc;
}

/* ---- showing it ---- */

static void show(const char *path, mode_t mode, const struct buffer *text)
{
	printf("==> %s (mode %04o)\n%.*s\n", path, (unsigned int)mode, (int)text->size,
	       (const char *)text->data);
}

static void show_commands(const struct apply *apply)
{
	bool made[PAIRING_EXPORTS_MAX];
	struct commands commands;

	for (size_t i = 0; i < PAIRING_EXPORTS_MAX; i++)
		made[i] = true;
	commands_make(apply, made, &commands);
	printf("Then, on %s:\n", apply->pairing.servers[apply->server].name);
	for (size_t i = 0; i < commands.count; i++) {
		print_command(&commands.list[i]);
		args_free(&commands.list[i]);
	}
}

int apply_show(const struct apply *apply, struct why *why)
{
	struct recipes recipes;
	struct buffer pairing;
	int rc = make_texts(apply, &pairing, &recipes, why);

	if (rc)
		return rc;
	show(PAIRING_PATH, 0600, &pairing);
	for (size_t i = 0; i < recipes.count; i++)
		show(recipes.list[i].path, recipes.list[i].mode, &recipes.list[i].text);
	show_commands(apply);
	recipes_release(&recipes);
	buffer_free(&pairing);
	if (fflush(stdout))
		return why_set(why, -errno, "standard output: %s", strerror(errno));
	return 0;
}
