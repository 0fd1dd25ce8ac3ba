/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/cli.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* getopt_long's values for the two options that every command has, and for long ones; above any
 * letter. */
enum { HELP = 256, VERSION, FIRST_LONG };

static size_t count(const struct cli_option *options)
{
	size_t n = 0;

	while (options && options[n].name)
		n++;
	return n;
}

void cli_start(struct cli_parser *parser, const struct cli_command *command, int argc, char **argv)
{
	size_t n = count(command->options);
	struct option *longs = calloc(n + 3, sizeof(*longs));
	char *shorts = calloc(2 * n + 4, 1);
	char *s = shorts;

	if (!longs || !shorts)
		abort();
	*s++ = ':'; /* a missing argument is told apart from an unknown option */
	for (size_t i = 0; i < n; i++) {
		const struct cli_option *o = &command->options[i];

		longs[i] = (struct option){o->name, o->argument ? required_argument : no_argument,
		                           NULL, FIRST_LONG + (int)i};
		if (o->letter) {
			*s++ = o->letter;
			if (o->argument)
				*s++ = ':';
		}
	}
	*s = 'h';
	longs[n] = (struct option){"help", no_argument, NULL, HELP};
	longs[n + 1] = (struct option){"version", no_argument, NULL, VERSION};
	*parser = (struct cli_parser){.command = command,
	                              .argc = argc,
	                              .argv = argv,
	                              .long_options = longs,
	                              .short_options = shorts};
	optind = 0; /* glibc: start afresh, also for a second command line in one process */
	opterr = 0;
}

/* One option's row of --help: the forms on the left, the text in a column beside them. */
static void print_option(char letter, const char *name, const char *argument, const char *help)
{
	enum { COLUMN = 26 };
	char left[64];
	int width = snprintf(left, sizeof(left), "  %c%c%s--%s%s%s", letter ? '-' : ' ',
	                     letter ? letter : ' ', letter ? ", " : "  ", name, argument ? " " : "",
	                     argument ? argument : "");

	printf("%s", left);
	if (width > COLUMN - 2) {
		printf("\n");
		width = 0;
	}
	while (*help) {
		size_t line = strcspn(help, "\n");

		printf("%*s%.*s\n", COLUMN - width, "", (int)line, help);
		width = 0;
		help += line + (help[line] == '\n');
	}
}

static void print_help(const struct cli_command *command)
{
	printf("Usage: etherroot %s %s\n%s\n\n", command->name, command->synopsis,
	       command->summary);
	for (const struct cli_option *o = command->options; o && o->name; o++)
		print_option(o->letter, o->name, o->argument, o->help);
	print_option('h', "help", NULL, "print this help and exit");
	print_option(0, "version", NULL, "print the version and exit");
	if (command->more)
		printf("\n%s\n", command->more);
}

static int stop(struct cli_parser *parser, int status)
{
	parser->status = status;
	return CLI_STOP;
}

static int option_of_letter(const struct cli_command *command, int letter)
{
	for (int i = 0; command->options && command->options[i].name; i++)
		if (command->options[i].letter == letter)
			return i;
	return -1;
}

static int next(struct cli_parser *parser)
{
	const struct cli_command *command = parser->command;
	int c = getopt_long(parser->argc, parser->argv, parser->short_options, parser->long_options,
	                    NULL);

	parser->value = optarg;
	parser->index = optind;
	if (c == -1)
		return CLI_END;
	if (c == 'h' || c == HELP) {
		print_help(command);
		return stop(parser, CLI_OK);
	}
	if (c == VERSION) {
		printf("etherroot %s\n", ETHERROOT_VERSION);
		return stop(parser, CLI_OK);
	}
	if (c == ':')
		return stop(parser,
		            cli_usage(command, "%s: needs an argument", parser->argv[optind - 1]));
	if (c == '?' && optopt && optopt < HELP && option_of_letter(command, optopt) < 0)
		return stop(parser, cli_usage(command, "-%c: unknown option", optopt));
	if (c == '?')
		return stop(parser, cli_usage(command,
		                              "%s: unknown option, ambiguous, or given an "
		                              "argument that it does not take",
		                              parser->argv[optind - 1]));
	return c >= FIRST_LONG ? c - FIRST_LONG : option_of_letter(command, c);
}

int cli_next(struct cli_parser *parser)
{
	int result = next(parser);

	if (result < 0) {
		free(parser->long_options);
		free(parser->short_options);
		parser->long_options = NULL;
		parser->short_options = NULL;
	}
	return result;
}

static void print_error(const struct cli_command *command, const char *format, va_list arguments)
{
	/* One write for the whole line, so that messages of two processes do not mix. */
	char line[2048];

	vsnprintf(line, sizeof(line), format, arguments);
	fprintf(stderr, "etherroot %s: %s\n", command->name, line);
}

void cli_error(const struct cli_command *command, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print_error(command, format, arguments);
	va_end(arguments);
}

int cli_usage(const struct cli_command *command, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print_error(command, format, arguments);
	va_end(arguments);
	fprintf(stderr, "Try 'etherroot %s --help'.\n", command->name);
	return CLI_USAGE;
}

int cli_number(const char *text, unsigned long low, unsigned long high, unsigned long *number)
{
	char *end;
	unsigned long n;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	errno = 0;
	n = strtoul(text, &end, text[0] == '0' && (text[1] == 'x' || text[1] == 'X') ? 16 : 10);
	if (*end)
		return -EINVAL;
	if (errno || n < low || n > high)
		return -ERANGE;
	*number = n;
	return 0;
}
