/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `etherroot status` and `etherroot ctl`: ask a running target over its control socket. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "tools/cli/cli.h"
#include "tools/serve/config/faults.h"
#include "tools/serve/serve.h"
#include "tools/serve/watch/ask.h"

enum { OPT_CONTROL, OPT_JSON, OPT_PROMETHEUS };
enum { OPT_FORCE = OPT_CONTROL + 1 };

#define CONTROL_OPTION                                                                             \
	{                                                                                          \
		"control", 0, "PATH", "the target's control socket (default: " ASK_DEFAULT ")"     \
	}

static const struct cli_option status_options[] = {
        CONTROL_OPTION,
        {"json", 0, NULL, "print JSON"},
        {"prometheus", 0, NULL, "print the text that Prometheus reads"},
        {0},
};

static const struct cli_command status_command = {
        .name = "status",
        .synopsis = "[OPTION]...",
        .summary = "Shows what a running target serves, to whom, and how well.",
        .options = status_options,
};

static const struct cli_option ctl_options[] = {
        CONTROL_OPTION,
        {"force", 0, NULL, "resume although another target answers for the address"},
        {0},
};

static const struct cli_command ctl_command = {
        .name = "ctl",
        .synopsis = "[OPTION]... reload | withdraw EXPORT | resume EXPORT |\n"
                    "                     release EXPORT | fault EXPORT FAULTS | drop EXPORT MAC",
        .summary = "Tells a running target what to do.",
        .options = ctl_options,
        .more = "  reload               read the configuration file again\n"
                "  withdraw EXPORT      finish what was begun for it, and answer no more\n"
                "  resume EXPORT        answer again, unless another target answers for its "
                "address, "
                "and tell\n"
                "                       the LANs\n"
                "  release EXPORT       let another initiator become the writer (writer=one)\n"
                "  fault EXPORT FAULTS  rehearse trouble, like read-delay:10ms or hang; none ends "
                "it\n"
                "  drop EXPORT MAC      throw away what that initiator wrote to a snapshot",
};

static void say_waiting(void *owner)
{
	cli_error(owner, "the target is at it: waiting until that is done");
}

/* Asks, and prints the answer. Returns an enum cli_exit. */
static int ask(const struct cli_command *command, const char *path, const char *line)
{
	struct buffer answer = {0};
	struct why why;
	int fd, rc = ask_begin(path, line, &fd, &why);

	if (!rc)
		rc = ask_finish(fd, path, &answer, say_waiting, (void *)(uintptr_t)command, &why);

	if (rc == -EREMOTEIO)
		cli_error(command, "%.*s", (int)answer.size, (const char *)answer.data);
	else if (rc)
		cli_error(command, "%s", why.text);
	else if (answer.size && fwrite(answer.data, 1, answer.size, stdout) != answer.size)
		rc = -EIO;
	if (!rc && fflush(stdout)) {
		cli_error(command, "standard output: %s", strerror(errno));
		rc = -EIO;
	}
	buffer_free(&answer);
	return rc ? CLI_FAILED : CLI_OK;
}

int status_main(int argc, char **argv)
{
	const char *path = ASK_DEFAULT, *line = "status table";
	struct cli_parser parser;
	int option;

	cli_start(&parser, &status_command, argc, argv);
	while ((option = cli_next(&parser)) >= 0) {
		if (option == OPT_CONTROL)
			path = parser.value;
		else
			line = option == OPT_JSON ? "status json" : "status prometheus";
	}
	if (option == CLI_STOP)
		return parser.status;
	if (parser.index < argc)
		return cli_usage(&status_command, "'%s': nothing is to be named",
		                 argv[parser.index]);
	return ask(&status_command, path, line);
}

/* The words with blanks between them, and `last`, if any. Returns false if they are too long. */
static bool join(int count, char **words, const char *last, char line[ASK_MAX])
{
	size_t used = 0;

	line[0] = '\0';
	for (int i = 0; i < count && used < ASK_MAX; i++)
		used += (size_t)snprintf(line + used, ASK_MAX - used, "%s%s", i ? " " : "",
		                         words[i]);
	if (last && used < ASK_MAX)
		used += (size_t)snprintf(line + used, ASK_MAX - used, " %s", last);
	return used < ASK_MAX;
}

static int ctl_line(int count, char **operands, bool force, char line[ASK_MAX])
{
	struct fault_rules rules;
	struct ask parsed;
	struct why why;

	if (force && (!count || strcmp(operands[0], "resume") != 0))
		return cli_usage(&ctl_command, "--force belongs to resume alone");
	if (!join(count, operands, force ? "force" : NULL, line) ||
	    ask_parse(line, strlen(line), &parsed, &why) || parsed.kind == ASK_STATUS)
		return cli_usage(
		        &ctl_command,
		        "say one of: reload, withdraw EXPORT, resume EXPORT, release "
		        "EXPORT, fault EXPORT FAULTS, drop EXPORT MAC, with an EXPORT like e0.1");
	if (parsed.kind == ASK_FAULT && faults_parse(parsed.faults, &rules, &why))
		return cli_usage(&ctl_command, "%s", why.text);
	return CLI_OK;
}

int ctl_main(int argc, char **argv)
{
	const char *path = ASK_DEFAULT;
	bool force = false;
	char line[ASK_MAX];
	struct cli_parser parser;
	int option, status;

	cli_start(&parser, &ctl_command, argc, argv);
	while ((option = cli_next(&parser)) >= 0) {
		if (option == OPT_CONTROL)
			path = parser.value;
		else
			force = true;
	}
	if (option == CLI_STOP)
		return parser.status;
	status = ctl_line(argc - parser.index, argv + parser.index, force, line);
	return status ? status : ask(&ctl_command, path, line);
}
