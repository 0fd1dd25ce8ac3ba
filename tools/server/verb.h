/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the verbs of `etherroot server` and `etherroot machine` have in common. */
#ifndef TOOLS_SERVER_VERB_H
#define TOOLS_SERVER_VERB_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/cli/cli.h"
#include "tools/server/edits.h"
#include "tools/server/site.h"

struct verb {
	const struct cli_command *command; /* its name has two words */
	int (*run)(int argc, char **argv); /* argv[0] is the verb; returns an enum cli_exit */
};

/* Finds the verb in argv[1] and runs it, or says which there are. */
int verb_run(const char *name, const char *summary, const struct verb *verbs, size_t count,
             int argc, char **argv);

#define VERB_ROOT                                                                                  \
	{                                                                                          \
		"root", 0, "DIR", "the server's root folder (default: /)"                          \
	}

/* The options of the verbs that show something, as they index a verb_words' values. */
enum { VERB_SHOW_JSON, VERB_SHOW_ROOT, VERB_SHOW_OPTIONS };
extern const struct cli_option verb_show_options[];

/* A verb's command line. */
struct verb_words {
	const char **values; /* by option: NULL: not given; "": it takes none; else the last one */
	int count;           /* of the names beside the options */
	const char *missing; /* what is said if there are fewer */
	char **names;
	bool done; /* there is nothing to do: help was asked for */
};

/*
 * Reads it: values are NULL before, and count and missing are the caller's. Returns an enum
 * cli_exit; the message is printed.
 */
int verb_read(const struct cli_command *command, struct verb_words *words, int argc, char **argv);

/*
 * Makes the site what its inventory says, the inventory's own text first, and tells the services.
 * What was done is said on standard output. Returns an enum cli_exit; the message is printed.
 */
int verb_apply(const struct cli_command *command, const struct site *site);

/* The same for edits that were found. */
int verb_make(const struct cli_command *command, const struct site *site,
              const struct edits *edits);

/* True if the inventory's file is as it is in the site's memory. */
bool verb_is_applied(const struct site *site);

/* Writes to standard output. Returns an enum cli_exit; the message is printed. */
int verb_print(const struct cli_command *command, const struct buffer *out);

/* A machine as a JSON object. Returns 0 or -ENOMEM. */
int verb_json_machine(const struct inventory_machine *machine, struct buffer *out);

/* ---- the verbs ---- */

extern const struct cli_command server_init_command, server_apply_command, server_status_command,
        server_installer_command, server_kea_command;
extern const struct cli_command machine_add_command, machine_list_command, machine_show_command,
        machine_rename_command, machine_remove_command;

int server_init(int argc, char **argv);
int server_apply(int argc, char **argv);
int server_status(int argc, char **argv);
int server_installer(int argc, char **argv);
int server_kea(int argc, char **argv);
int machine_add(int argc, char **argv);
int machine_list(int argc, char **argv);
int machine_show(int argc, char **argv);
int machine_rename(int argc, char **argv);
int machine_remove(int argc, char **argv);

#endif
