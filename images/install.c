/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line of `etherroot install`: the answers file is read and checked here; the disk is
 * installed by the shell script that lies in lib/etherroot beside the command.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "images/image.h"
#include "images/load.h"
#include "tools/cli/cli.h"

enum { ANSWERS, CHECK };

static const struct cli_option options[] = {
        [ANSWERS] = {"answers", 'a', "FILE", "what is to be installed"},
        [CHECK] = {"check", 'c', NULL, "only say what is wrong with FILE, if anything is"},
        {0},
};

static const struct cli_command command = {
        .name = "install",
        .synopsis = "--answers FILE DISK\n"
                    "       etherroot install --answers FILE --check",
        .summary = "Installs Debian on DISK as an answers file says, unattended; on a machine "
                   "without a\n"
                   "disk the image of 'etherroot image installer' does it by itself.",
        .options = options,
        .more = "It takes root. See etherroot-install(8) for what may stand in the file.",
};

struct request {
	const char *answers, *disk;
	bool check;
	struct settings settings;
};

static int read_request(struct request *request, int argc, char **argv, bool *done)
{
	struct cli_parser parser;
	int option;

	cli_start(&parser, &command, argc, argv);
	while ((option = cli_next(&parser)) >= 0) {
		if (option == ANSWERS)
			request->answers = parser.value;
		else
			request->check = true;
	}
	*done = option == CLI_STOP;
	if (*done)
		return parser.status;
	request->disk = argv[parser.index];
	if (!request->answers)
		return cli_usage(&command, "--answers FILE is needed: what is to be installed");
	if (!request->disk && !request->check)
		return cli_usage(&command, "which disk? DISK is needed, or --check");
	if (request->disk && (request->check || parser.index + 1 < argc))
		return cli_usage(&command, "%s: nothing is expected here",
		                 argv[parser.index + !request->check]);
	return CLI_OK;
}

static int read_answers(struct request *request)
{
	struct why why;

	if (!answers_load(request->answers, &request->settings, &why))
		return CLI_OK;
	cli_error(&command, "%s", why.text);
	return CLI_FAILED;
}

/*
 * Whoever uses a block device has it for themselves: a mount, also one that an overlay hides, swap,
 * a RAID, a volume group, a target.
 */
static int check_unused(const char *path)
{
	int fd = open(path, O_RDONLY | O_EXCL | O_CLOEXEC);

	if (fd >= 0) {
		close(fd);
		return CLI_OK;
	}
	cli_error(&command, "%s: %s", path,
	          errno == EBUSY
	                  ? "is in use: it, or something on it, is mounted or part of another disk"
	                  : strerror(errno));
	return CLI_FAILED;
}

static int check_disk(const char *path)
{
	struct stat status;

	if (stat(path, &status)) {
		cli_error(&command, "%s: %s", path, strerror(errno));
		return CLI_FAILED;
	}
	if (S_ISREG(status.st_mode))
		return CLI_OK;
	if (S_ISBLK(status.st_mode))
		return check_unused(path);
	cli_error(&command, "%s: neither a block device nor a file", path);
	return CLI_FAILED;
}

/* Returns only when it failed, or was only to check. */
static int install(struct request *request)
{
	int status = read_answers(request);

	if (!status && !request->check)
		status = check_disk(request->disk);
	if (status || request->check)
		return status;
	/* A password is the answers' to say, for a user of theirs. */
	if (settings_add(&request->settings, SETTING_OUTPUT, request->disk) ||
	    settings_add(&request->settings, SETTING_PARTITION, "yes") ||
	    settings_add(&request->settings, SETTING_PASSWORD, "") ||
	    setenv("IMAGE_ISSUE", "", 1)) {
		cli_error(&command, "out of memory");
		return CLI_FAILED;
	}
	return settings_run(&request->settings, &command, "install.sh");
}

int install_main(int argc, char **argv)
{
	struct request request = {0};
	bool done = false;
	int status = read_request(&request, argc, argv, &done);

	if (!status && !done)
		status = install(&request);
	settings_free(&request.settings);
	return status;
}
