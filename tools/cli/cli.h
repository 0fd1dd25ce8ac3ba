/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The floor that every subcommand stands on: options, help, messages. */
#ifndef TOOLS_CLI_CLI_H
#define TOOLS_CLI_CLI_H

#include <stddef.h>

/* Exit statuses of every subcommand (DESIGN: "Commands"). */
enum cli_exit {
	CLI_OK = 0,     /* it did what was asked */
	CLI_FAILED = 1, /* it could not; the reason is on stderr */
	CLI_USAGE = 2,  /* the command line was wrong; the reason is on stderr */
};

/* One option of a subcommand. The same table parses the command line and prints --help. */
struct cli_option {
	const char *name;     /* long name without the dashes; NULL ends the table */
	char letter;          /* short form, or 0 for none */
	const char *argument; /* the argument's name as --help shows it, or NULL for a flag */
	const char *help;     /* one or more lines, separated by '\n' */
};

/* A subcommand as the user sees it. */
struct cli_command {
	const char *name;     /* "initrd": messages begin "etherroot initrd: " */
	const char *synopsis; /* what follows the name on the usage line */
	const char *summary;  /* one sentence: what it does */
	const struct cli_option *options;
	const char *more; /* further paragraphs of --help, or NULL */
};

/* Results of cli_next beside an option's index. */
enum { CLI_END = -1, CLI_STOP = -2 };

struct cli_parser {
	const struct cli_command *command;
	int argc;
	char **argv;
	const char
	        *value; /* argument of the option just returned, owned by argv; NULL for a flag */
	int index;      /* after CLI_END: argv[index] is the first operand */
	int status;     /* after CLI_STOP: the exit status to return at once */
	struct option *long_options; /* made by cli_start, released when parsing ends */
	char *short_options;
};

/*
 * Starts parsing argv (argv[0] is the subcommand's name). Nothing is printed.
 */
void cli_start(struct cli_parser *parser, const struct cli_command *command, int argc, char **argv);

/*
 * The next option: its index in command->options, CLI_END when only operands are left, or CLI_STOP
 * when the program should return parser->status: after --help and --version (printed, CLI_OK) and
 * after a wrong option (message printed, CLI_USAGE). Options and operands may be mixed.
 */
int cli_next(struct cli_parser *parser);

/* Prints "etherroot NAME: MESSAGE" and a newline on stderr. */
void cli_error(const struct cli_command *command, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

/* The same for the user's own mistakes, followed by a pointer to --help; returns CLI_USAGE. */
int cli_usage(const struct cli_command *command, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

/*
 * Reads a whole decimal or 0x-hexadecimal number within [low, high]. Returns 0, -EINVAL for text
 * that is no number, or -ERANGE.
 */
int cli_number(const char *text, unsigned long low, unsigned long high, unsigned long *number);

#endif
