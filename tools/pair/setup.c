/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `etherroot pair`: from the words of its command line, or of a file, to a pairing that is made so.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/host/configuration.h"
#include "tools/host/self.h"
#include "tools/pair/apply.h"
#include "tools/pair/verbs.h"

enum {
	SERVER,
	INTERFACE,
	LINK,
	CLUSTER,
	RESYNC,
	FENCE,
	FENCE_DELAY,
	DATA_OF,
	OVERWRITE,
	REPLACE,
	AS,
	SSH,
	DRY_RUN
};

static const struct cli_command command = {
        .name = "pair",
        .synopsis = "[OPTION]... [SHELF.SLOT=VOLUME[,VOLUME]]...\n"
                    "       etherroot pair status [--json]\n"
                    "       etherroot pair move EXPORT\n"
                    "       etherroot pair resync [EXPORT]",
        .summary = "Makes two servers a pair: each export is mirrored, and either can serve it.",
        .options =
                (const struct cli_option[]){
                        [SERVER] = {"server", 's', "NAME=ADDRESS",
                                    "one of the two, by its 'uname -n', and where the other one\n"
                                    "reaches it; given twice"},
                        [INTERFACE] = {"interface", 'i', "IF", "the LAN that is exported on"},
                        [LINK] = {"link", 0, "IF",
                                  "what the servers reach each other by (keepalived)"},
                        [CLUSTER] = {"cluster", 0, "KIND",
                                     "pacemaker or keepalived (default: pacemaker)"},
                        [RESYNC] = {"resync", 0, "TIME",
                                    "no cluster: the other half is brought up to date then, as\n"
                                    "hourly or '*-*-* 03:00', and a person decides who serves"},
                        [FENCE] = {"fence", 0, "'NAME AGENT PARAMETER=VALUE...'",
                                   "what switches that server off; given twice"},
                        [FENCE_DELAY] = {"fence-delay", 0, "SECONDS",
                                         "how long that takes, if it is slow: one of two that\n"
                                         "do not see each other waits for so long"},
                        [DATA_OF] = {"data-of", 0, "NAME",
                                     "the server whose volumes have the data that is kept\n"
                                     "(default: the first, if all are blank)"},
                        [OVERWRITE] = {"overwrite", 0, "NAME:VOLUME",
                                       "what is on it may be lost; given for each"},
                        [REPLACE] =
                                {"replace", 0,
                                 "FILE", "a configuration file that is in the way; given for each"},
                        [AS] = {"as", 0, "NAME", "with --dry-run: for this server"},
                        [SSH] = {"ssh", 0,
                                 "HOST", "do the same on the other server, by ssh to HOST"},
                        [DRY_RUN] = {"dry-run", 'n', NULL,
                                     "print every file and command, and do nothing"},
                        {0}},
        .more = "Run it on both servers. What it was told is kept in " PAIRING_PATH ";\n"
                "without an export it makes the server as that file says.",
};

struct setup {
	struct buffer text; /* of the pairing, as the options say it */
	struct apply apply;
	const char *as;
	bool dry_run;
};

/* "NAME=ADDRESS" as the file has it. */
static int add_server(struct buffer *text, const char *value)
{
	const char *equals = strchr(value, '=');
	int length = equals ? (int)(equals - value) : (int)strlen(value);

	return buffer_printf(text, "server %.*s %s\n", length, value, equals ? equals + 1 : "");
}

/* "SHELF.SLOT=VOLUME[,VOLUME]" as the file has it. */
static int add_export(struct buffer *text, const char *value)
{
	const char *equals = strchr(value, '='), *comma;
	int length = equals ? (int)(equals - value) : (int)strlen(value), rc;
	char *first;

	rc = buffer_printf(text, "export %.*s ", length, value);
	if (rc || !equals)
		return rc ? rc : buffer_append(text, "\n", 1);
	comma = strchr(equals, ',');
	first = comma ? strndup(equals + 1, (size_t)(comma - equals - 1)) : strdup(equals + 1);
	if (!first)
		return -ENOMEM;
	rc = words_add(text, first);
	free(first);
	if (!rc && comma)
		rc = buffer_append(text, " ", 1);
	if (!rc && comma)
		rc = words_add(text, comma + 1);
	return rc ? rc : buffer_append(text, "\n", 1);
}

/* One word, whatever blanks it has. */
static int add_resync(struct buffer *text, const char *value)
{
	int rc = buffer_printf(text, "resync ");

	if (!rc)
		rc = words_add(text, value);
	return rc ? rc : buffer_append(text, "\n", 1);
}

static int add_line(struct setup *setup, int option, const char *value)
{
	static const char *const directives[] = {[INTERFACE] = "interface",
	                                         [LINK] = "link",
	                                         [CLUSTER] = "cluster",
	                                         [FENCE] = "fence",
	                                         [FENCE_DELAY] = "fence-delay"};

	if (strchr(value, '\n'))
		return -EINVAL;
	if (option == SERVER)
		return add_server(&setup->text, value);
	if (option == RESYNC)
		return add_resync(&setup->text, value);
	return buffer_printf(&setup->text, "%s %s\n", directives[option], value);
}

static int take_option(struct setup *setup, int option, const char *value)
{
	switch (option) {
	case DATA_OF:
		setup->apply.data_of = value;
		return 0;
	case OVERWRITE:
		args_add(&setup->apply.overwrite, "%s", value);
		return 0;
	case REPLACE:
		args_add(&setup->apply.replace, "%s", value);
		return 0;
	case AS:
		setup->as = value;
		return 0;
	case SSH:
		setup->apply.ssh = value;
		return 0;
	case DRY_RUN:
		setup->dry_run = true;
		return 0;
	default:
		return add_line(setup, option, value);
	}
}

static int read_command_line(struct setup *setup, int argc, char **argv, int *status)
{
	struct cli_parser parser;
	int option, rc = 0;

	cli_start(&parser, &command, argc, argv);
	while ((option = cli_next(&parser)) >= 0)
		if (!rc)
			rc = take_option(setup, option, parser.value);
	*status = parser.status;
	if (option == CLI_STOP)
		return -ECANCELED;
	for (int i = parser.index; i < argc && !rc; i++)
		rc = strchr(argv[i], '\n') ? -EINVAL : add_export(&setup->text, argv[i]);
	return rc;
}

/* Where the pairing is from: options and exports, or the file. */
static int load(struct setup *setup, struct why *why)
{
	if (!setup->text.size)
		return configuration_load(PAIRING_PATH, PAIRING_MIB, pairing_parse,
		                          &setup->apply.pairing, why);
	return configuration_parse("the command line", (const char *)setup->text.data,
	                           setup->text.size, pairing_parse, &setup->apply.pairing, why);
}

static int find_server(const char *as, const struct pairing *pairing, const char *name,
                       struct why *why)
{
	int index = pairing_server_index(pairing, name);

	if (index >= 0)
		return index;
	return why_set(why, -EINVAL,
	               as ? "%s: not one of the two servers"
	                  : "%s: this machine's name ('uname -n') is not one of the two servers'; "
	                    "--dry-run --as NAME shows what becomes of one",
	               name);
}

static int find_who(struct setup *setup, struct why *why)
{
	struct apply *apply = &setup->apply;
	char name[256] = "";
	int index;

	gethostname(name, sizeof(name) - 1);
	index = find_server(setup->as, &apply->pairing, setup->as ? setup->as : name, why);
	if (index < 0)
		return index;
	apply->server = (size_t)index;
	if (!apply->data_of)
		return 0;
	index = pairing_server_index(&apply->pairing, apply->data_of);
	if (index < 0)
		return why_set(why, -EINVAL, "--data-of %s: not one of the two servers",
		               apply->data_of);
	apply->source = (size_t)index;
	return 0;
}

static int run(struct setup *setup, struct why *why)
{
	int rc = load(setup, why);

	if (rc)
		return rc;
	rc = find_who(setup, why);
	if (!rc)
		rc = self_path(setup->apply.program) ? why_memory(why) : 0;
	if (!rc)
		rc = setup->dry_run ? apply_show(&setup->apply, why)
		                    : apply_make(&setup->apply, why);
	pairing_release(&setup->apply.pairing);
	return rc;
}

int pair_setup(int argc, char **argv)
{
	struct setup setup = {0};
	struct why why = {""};
	int status, rc = read_command_line(&setup, argc, argv, &status);

	if (rc == -EINVAL)
		status = cli_usage(&command, "a line's end has no place in an argument");
	else if (!rc && setup.as && !setup.dry_run)
		status = cli_usage(&command, "--as goes with --dry-run");
	else if (!rc) {
		status = CLI_OK;
		rc = run(&setup, &why);
		if (rc) {
			cli_error(&command, "%s", why.text);
			status = rc == -EINVAL ? CLI_USAGE : CLI_FAILED;
		}
	}
	buffer_free(&setup.text);
	args_free(&setup.apply.overwrite);
	args_free(&setup.apply.replace);
	return status;
}
