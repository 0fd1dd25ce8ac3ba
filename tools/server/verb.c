/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/server/verb.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tools/host/regular.h"
#include "tools/server/units.h"

static void print_usage(FILE *stream, const char *name, const char *summary,
                        const struct verb *verbs, size_t count)
{
	fprintf(stream, "Usage: etherroot %s VERB [OPTION]...\n%s\n\n", name, summary);
	for (size_t i = 0; i < count; i++)
		fprintf(stream, "  etherroot %s %s\n      %s\n", verbs[i].command->name,
		        verbs[i].command->synopsis, verbs[i].command->summary);
	fprintf(stream, "\n'etherroot %s VERB --help' tells more; so does 'man etherroot-%s'.\n",
	        name, name);
}

int verb_run(const char *name, const char *summary, const struct verb *verbs, size_t count,
             int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : NULL;

	/* What is made is for the services' users to read, whoever's umask this is. */
	umask(022);
	if (!verb) {
		print_usage(stderr, name, summary, verbs, count);
		return CLI_USAGE;
	}
	if (!strcmp(verb, "--help") || !strcmp(verb, "-h")) {
		print_usage(stdout, name, summary, verbs, count);
		return CLI_OK;
	}
	if (!strcmp(verb, "--version")) {
		printf("etherroot %s\n", ETHERROOT_VERSION);
		return CLI_OK;
	}
	for (size_t i = 0; i < count; i++)
		if (!strcmp(verb, strrchr(verbs[i].command->name, ' ') + 1))
			return verbs[i].run(argc - 1, argv + 1);
	fprintf(stderr, "etherroot %s: %s: no such verb\nTry 'etherroot %s --help'.\n", name, verb,
	        name);
	return CLI_USAGE;
}

const struct cli_option verb_show_options[] = {
        [VERB_SHOW_JSON] = {"json", 0, NULL, "print JSON"},
        [VERB_SHOW_ROOT] = VERB_ROOT,
        [VERB_SHOW_OPTIONS] = {0},
};

int verb_read(const struct cli_command *command, struct verb_words *words, int argc, char **argv)
{
	struct cli_parser parser;
	int option;

	cli_start(&parser, command, argc, argv);
	while ((option = cli_next(&parser)) >= 0)
		words->values[option] = parser.value ? parser.value : "";
	words->done = option == CLI_STOP;
	if (words->done)
		return parser.status;
	words->names = argv + parser.index;
	if (argc - parser.index < words->count)
		return cli_usage(command, "%s", words->missing);
	if (argc - parser.index > words->count)
		return cli_usage(command, "%s: nothing is expected here",
		                 words->names[words->count]);
	return CLI_OK;
}

static void say_edits(const struct edits *edits)
{
	for (size_t i = 0; i < edits->count; i++) {
		const struct edit *edit = &edits->list[i];

		printf("%s %s\n",
		       edit->remove    ? "removed"
		       : edit->existed ? "changed"
		                       : "made",
		       edit->full);
	}
	fflush(stdout);
}

int verb_make(const struct cli_command *command, const struct site *site, const struct edits *edits)
{
	const char *reason;
	struct why why;

	if (edits_make(edits, &why)) {
		cli_error(command, "%s", why.text);
		return CLI_FAILED;
	}
	say_edits(edits);
	if (!units_run(site, &reason)) {
		printf("no service was touched: %s\n", reason);
		return CLI_OK;
	}
	if (!units_follow(site, edits, &why))
		return CLI_OK;
	cli_error(command,
	          "%s: the files are as the inventory says; 'etherroot server status' "
	          "shows what does not run",
	          why.text);
	return CLI_FAILED;
}

int verb_apply(const struct cli_command *command, const struct site *site)
{
	struct edits edits;
	struct why why;
	int status;

	if (edits_find_all(site, &edits, &why)) {
		cli_error(command, "%s", why.text);
		return CLI_FAILED;
	}
	status = verb_make(command, site, &edits);
	edits_release(&edits);
	return status;
}

bool verb_is_applied(const struct site *site)
{
	char *path = site_path(site, INVENTORY_PATH), *text;
	size_t length;
	bool same = false;

	if (!regular_read(path, INVENTORY_MAX, &text, &length)) {
		same = length == site->length && !memcmp(text, site->text, length);
		free(text);
	}
	free(path);
	return same;
}

int verb_print(const struct cli_command *command, const struct buffer *out)
{
	if (fwrite(out->data, 1, out->size, stdout) == out->size && !fflush(stdout))
		return CLI_OK;
	cli_error(command, "standard output: %s", strerror(errno));
	return CLI_FAILED;
}
