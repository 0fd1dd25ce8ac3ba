/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `etherroot server installer`: the root of machines that install themselves, its kernel, its line
 * in the inventory, and what is made from that.
 */
#include <errno.h>
#include <stdlib.h>

#include "tools/host/args.h"
#include "tools/server/making.h"
#include "tools/server/verb.h"

enum { IMAGE, SUITE, EXPORT, ROOT, OPTIONS };

static const struct cli_option options[OPTIONS + 1] = {
        [IMAGE] = {"image", 0, "FILE",
                   "this image of 'etherroot image installer' (default: one is built,\n" SITE_DISKS
                   "/installer.img)"},
        [SUITE] = {"suite", 0, "NAME", "without --image: Debian's code name"},
        [EXPORT] = {"export", 'e', "S.T", "its AoE address (default: the next one, from 0.0 on)"},
        [ROOT] = VERB_ROOT,
};

const struct cli_command server_installer_command = {
        .name = "server installer",
        .synopsis = "[--image FILE] [OPTION]...",
        .summary = "Has a root that machines boot to install themselves, or another one.",
        .options = options,
};

/* ---- its image ---- */

static int make(const struct site *site, const char *const values[], const char *disk,
                struct why *why)
{
	struct args args = {0};
	char *full = site_path(site, disk);
	int rc = 0;

	if (!values[IMAGE]) {
		if (values[SUITE])
			args_add(&args, "--suite=%s", values[SUITE]);
		rc = making_image("installer", full, &args, why);
	}
	if (!rc)
		rc = making_kernel(site, INVENTORY_INSTALLER, full, why);
	if (!rc)
		rc = making_give(site, full, why);
	free(full);
	return rc;
}

/* ---- its line ---- */

static int choose_address(const struct inventory *inventory, const char *text,
                          struct aoe_address *address, struct why *why)
{
	if (text)
		return aoe_address_parse(text, NULL, address)
		               ? why_set(why, -EINVAL, "--export %s: not an address like 0.0", text)
		               : 0;
	if (inventory->installer.disk) {
		*address = inventory->installer.export;
		return 0;
	}
	return inventory_free_address(inventory, 0, address)
	               ? why_set(why, -ENOSPC, "no address is left on shelf 0: give --export")
	               : 0;
}

/* The line that is there already, if there is one, gives way. */
static int put_line(struct site *site, const struct buffer *line, struct why *why)
{
	const struct inventory_installer *old = &site->inventory.installer;
	struct buffer without = {0}, text = {0};
	int rc = old->disk ? inventory_text_remove(site->text, site->length, old->place, &without)
	                   : buffer_append(&without, site->text, site->length);

	if (rc || inventory_text_add((char *)without.data, without.size, line, &text))
		rc = why_memory(why);
	if (!rc)
		rc = site_replace(site, &text, why);
	buffer_free(&without);
	buffer_free(&text);
	return rc;
}

static int add_line(struct site *site, const char *export, char *disk, struct why *why)
{
	struct inventory_installer installer = {.disk = disk};
	struct buffer line = {0};
	int rc = choose_address(&site->inventory, export, &installer.export, why);

	if (!rc && inventory_write_installer(&installer, &line))
		rc = why_memory(why);
	if (!rc)
		rc = put_line(site, &line, why);
	buffer_free(&line);
	return rc;
}

/* ---- all of it ---- */

/* Nothing is changed yet. */
static int plan(struct site *site, const char *const values[], char **disk, struct edits *edits,
                struct why *why)
{
	int rc = site_lock(site, why);

	if (!rc)
		rc = site_load(site, why);
	if (!rc)
		rc = values[IMAGE] ? site_file(site, values[IMAGE], disk, why)
		                   : site_new_disk(site, "installer", disk, why);
	if (!rc)
		rc = add_line(site, values[EXPORT], *disk, why);
	return rc ? rc : edits_find_all(site, edits, why);
}

static int set(const char *const values[])
{
	struct edits edits = {0};
	char *disk = NULL;
	struct site site;
	struct why why;
	int rc = site_open(&site, values[ROOT], &why), status = CLI_FAILED;

	if (!rc)
		rc = plan(&site, values, &disk, &edits, &why);
	if (!rc)
		rc = make(&site, values, disk, &why);
	if (rc)
		cli_error(&server_installer_command, "%s", why.text);
	else
		status = verb_make(&server_installer_command, &site, &edits);
	edits_release(&edits);
	free(disk);
	site_close(&site);
	return status;
}

int server_installer(int argc, char **argv)
{
	const char *values[OPTIONS] = {NULL};
	struct verb_words words = {.values = values};
	int status = verb_read(&server_installer_command, &words, argc, argv);

	if (status || words.done)
		return status;
	if (values[IMAGE] && values[SUITE])
		return cli_usage(&server_installer_command, "--suite: of an image that is built, "
		                                            "without --image");
	return set(values);
}
