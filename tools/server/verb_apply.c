/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `etherroot server apply`: what the inventory says, made so. */
#include <stdbool.h>

#include "tools/server/verb.h"

enum { ROOT, DIFF, OPTIONS };

static const struct cli_option options[OPTIONS + 1] = {
        [ROOT] = VERB_ROOT,
        [DIFF] = {"diff", 'd', NULL, "only show what would change"},
};

const struct cli_command server_apply_command = {
        .name = "server apply",
        .synopsis = "[--diff] [--root DIR]",
        .summary = "Makes everything as " INVENTORY_PATH " says, and tells the services.",
        .options = options,
};

static int show(const struct site *site, struct why *why)
{
	struct edits edits;
	int rc = edits_find(site, &edits, why);

	if (rc)
		return rc;
	rc = edits_show(&edits, why);
	edits_release(&edits);
	return rc;
}

static int apply(const char *root, bool diff)
{
	struct site site;
	struct why why;
	int rc = site_open(&site, root, &why), status = CLI_FAILED;

	if (!rc && !diff)
		rc = site_lock(&site, &why);
	if (!rc)
		rc = site_load(&site, &why);
	if (!rc && diff)
		rc = show(&site, &why);
	if (rc)
		cli_error(&server_apply_command, "%s", why.text);
	else
		status = diff ? CLI_OK : verb_apply(&server_apply_command, &site);
	site_close(&site);
	return status;
}

int server_apply(int argc, char **argv)
{
	const char *values[OPTIONS] = {NULL};
	struct verb_words words = {.values = values};
	int status = verb_read(&server_apply_command, &words, argc, argv);

	return status || words.done ? status : apply(values[ROOT], values[DIFF] != NULL);
}
