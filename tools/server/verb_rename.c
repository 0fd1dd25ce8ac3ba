/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `etherroot machine rename` and `remove`: changes of a machine that is there. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/host/args.h"
#include "tools/publish/publish.h"
#include "tools/server/verb.h"

enum { RENAME_ROOT, RENAME_OPTIONS };

static const struct cli_option rename_options[RENAME_OPTIONS + 1] = {
        [RENAME_ROOT] = VERB_ROOT,
};

const struct cli_command machine_rename_command = {
        .name = "machine rename",
        .synopsis = "OLD NEW [--root DIR]",
        .summary = "Gives a machine another name; its disk and its address stay.",
        .options = rename_options,
};

enum { REMOVE_DISK, REMOVE_ROOT, REMOVE_OPTIONS };

static const struct cli_option remove_options[REMOVE_OPTIONS + 1] = {
        [REMOVE_DISK] = {"delete-disk", 0, "PATH",
                         "also delete its disk, which must be the file PATH"},
        [REMOVE_ROOT] = VERB_ROOT,
};

const struct cli_command machine_remove_command = {
        .name = "machine remove",
        .synopsis = "NAME [--delete-disk PATH] [--root DIR]",
        .summary = "Removes a machine; its disk stays unless its path is named.",
        .options = remove_options,
};

static int start(struct site *site, const char *root, struct why *why)
{
	int rc = site_open(site, root, why);

	if (!rc)
		rc = site_lock(site, why);
	return rc ? rc : site_load(site, why);
}

/* ---- rename ---- */

/* Kernels go along. Without a folder there is nothing to do. */
static int move_folder(const struct site *site, const char *from, const char *to, struct why *why)
{
	char *old = site_folder(site, from), *new = site_folder(site, to);
	int rc = 0;

	if (!access(new, F_OK))
		rc = why_set(why, -EEXIST, "%s: is there already: move it away", new);
	else if (rename(old, new) && errno != ENOENT)
		rc = why_set(why, -errno, "%s: %s", old, strerror(errno));
	free(old);
	free(new);
	return rc;
}

static int rename_line(struct site *site, const char *old, const char *new, struct why *why)
{
	const struct inventory_machine *machine;
	struct buffer text = {0};
	int rc = site_find(site, old, &machine, why);

	if (!rc && !inventory_valid_name(new))
		rc = why_set(why, -EINVAL,
		             "'%.60s': not a host name: lower case letters, digits and hyphens, at "
		             "most %d",
		             new, INVENTORY_NAME);
	if (!rc && inventory_text_replace(site->text, site->length, machine->place, new, &text))
		rc = why_memory(why);
	if (!rc)
		rc = site_replace(site, &text, why);
	buffer_free(&text);
	return rc;
}

static int rename_machine(const char *root, const char *old, const char *new)
{
	struct why why, ignored;
	struct site site;
	int rc = start(&site, root, &why), status = CLI_FAILED;

	if (!rc)
		rc = rename_line(&site, old, new, &why);
	if (!rc)
		rc = move_folder(&site, old, new, &why);
	if (rc) {
		cli_error(&machine_rename_command, "%s", why.text);
	} else {
		status = verb_apply(&machine_rename_command, &site);
		if (status == CLI_FAILED && !verb_is_applied(&site))
			move_folder(&site, new, old, &ignored);
		else
			publish_forget(site.root, old);
	}
	site_close(&site);
	return status;
}

int machine_rename(int argc, char **argv)
{
	const char *values[RENAME_OPTIONS] = {NULL};
	struct verb_words words = {
	        .values = values, .count = 2, .missing = "OLD and NEW are needed: two names"};
	int status = verb_read(&machine_rename_command, &words, argc, argv);

	if (status || words.done)
		return status;
	return rename_machine(values[RENAME_ROOT], words.names[0], words.names[1]);
}

/* ---- remove ---- */

/* Which disk goes is said by its own name, so that nobody deletes another one than he means. */
static int check_disk(const struct site *site, const struct inventory_machine *machine,
                      const char *path, struct why *why)
{
	struct stat status;
	char *full;
	int rc = 0;

	if (strcmp(path, machine->disk) != 0)
		return why_set(why, -EINVAL, "--delete-disk %s: the disk of %s is %s", path,
		               machine->name, machine->disk);
	for (size_t i = 0; i < site->inventory.machine_count; i++) {
		const struct inventory_machine *other = &site->inventory.machines[i];

		if (other != machine && !strcmp(other->disk, path))
			return why_set(why, -EBUSY, "--delete-disk %s: %s shares it", path,
			               other->name);
	}
	full = site_path(site, path);
	if (lstat(full, &status))
		rc = why_set(why, -errno, "%s: %s", full, strerror(errno));
	else if (!S_ISREG(status.st_mode))
		rc = why_set(why, -EINVAL,
		             "%s: not a regular file: remove the machine, and then the disk by "
		             "what made it (lvremove)",
		             full);
	free(full);
	return rc;
}

static int remove_line(struct site *site, const char *name, const char *disk, char **stays,
                       struct why *why)
{
	const struct inventory_machine *machine;
	struct buffer text = {0};
	int rc = site_find(site, name, &machine, why);

	if (!rc && disk)
		rc = check_disk(site, machine, disk, why);
	if (rc)
		return rc;
	*stays = args_text("%s", machine->disk);
	if (inventory_text_remove(site->text, site->length, machine->place, &text))
		rc = why_memory(why);
	if (!rc)
		rc = site_replace(site, &text, why);
	buffer_free(&text);
	return rc;
}

static int delete_disk(const struct site *site, const char *disk)
{
	char *full = site_path(site, disk);
	int status = CLI_OK;

	if (unlink(full)) {
		cli_error(&machine_remove_command, "%s: %s: it stays", full, strerror(errno));
		status = CLI_FAILED;
	} else {
		printf("deleted %s\n", full);
	}
	free(full);
	return status;
}

/* They may have passwords in them, and the web server gives out what is there. */
static void remove_answers(const struct site *site, const char *name)
{
	char *folder = site_folder(site, name), *answers = args_text("%s/" OUTPUTS_ANSWERS, folder);

	unlink(answers);
	free(answers);
	free(folder);
}

/* What is left of it, by name. */
static void say_left(const struct site *site, const char *name, const char *disk)
{
	char *folder = site_folder(site, name);

	if (disk)
		printf("its disk stays: %s\n", disk);
	if (rmdir(folder) && errno != ENOENT)
		printf("its kernels stay: %s\n", folder);
	free(folder);
}

static int remove_machine(const char *root, const char *name, const char *disk)
{
	char *stays = NULL;
	struct site site;
	struct why why;
	int rc = start(&site, root, &why), status = CLI_FAILED;

	if (!rc)
		rc = remove_line(&site, name, disk, &stays, &why);
	if (rc)
		cli_error(&machine_remove_command, "%s", why.text);
	else
		status = verb_apply(&machine_remove_command, &site);
	if (!rc && verb_is_applied(&site)) {
		publish_forget(site.root, name);
		remove_answers(&site, name);
	}
	if (!rc && status == CLI_OK && disk)
		status = delete_disk(&site, disk);
	if (!rc && status == CLI_OK)
		say_left(&site, name, disk ? NULL : stays);
	free(stays);
	site_close(&site);
	return status;
}

int machine_remove(int argc, char **argv)
{
	const char *values[REMOVE_OPTIONS] = {NULL};
	struct verb_words words = {
	        .values = values, .count = 1, .missing = "which machine? NAME is needed"};
	int status = verb_read(&machine_remove_command, &words, argc, argv);

	if (status || words.done)
		return status;
	return remove_machine(values[REMOVE_ROOT], words.names[0], values[REMOVE_DISK]);
}
