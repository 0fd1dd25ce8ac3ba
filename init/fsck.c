/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/fsck.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/layers.h"
#include "tools/base/text.h"

static const char E2FSCK[] = "/sbin/e2fsck";

/*
 * Its exit status, bit by bit (e2fsck(8)); what is above them is a failure. It wants a reboot for a
 * file system that is mounted while it is corrected, since the kernel has another picture of it
 * then: this one is not, and a reboot that helps nothing would be followed by the next.
 */
enum { CORRECTED = 1, WANTS_REBOOT = 2 };

bool fsck_is_due(const struct cmdline *cmdline, const struct device *device)
{
	const char *type = device->superblock.type;

	return type && text_begins(type, "ext") && layers_write_root(cmdline) &&
	       !access(E2FSCK, X_OK);
}

static _Noreturn void become_e2fsck(const char *path, int output)
{
	static char name[] = "e2fsck", preen[] = "-p";
	char *const argv[] = {name, preen, (char *)(uintptr_t)path, NULL};
	char *const environment[] = {NULL};

	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
	execve(E2FSCK, argv, environment);
	_exit(127);
}

/* Tells what comes out of it, line by line; one that is too long in several. */
static void tell_lines(int output)
{
	char line[256];
	size_t length = 0;

	while (read(output, line + length, 1) == 1) {
		if (line[length] != '\n' && length < sizeof(line) - 2) {
			length++;
			continue;
		}
		line[length + (line[length] != '\n')] = '\0';
		report_stage("fsck", line, NULL);
		length = 0;
	}
}

/* Returns its exit status, or -1. */
static int check(const char *path)
{
	int status = -1, pipe[2];
	pid_t child;

	if (pipe2(pipe, O_CLOEXEC))
		return -1;
	child = _Fork();
	if (!child)
		become_e2fsck(path, pipe[1]);
	close(pipe[1]);
	tell_lines(pipe[0]);
	close(pipe[0]);
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int fsck_run(const struct device *device, struct failure *failure)
{
	int status = check(device->path);
	char number[TEXT_NUMBER];

	if (status >= 0 && !(status & ~(CORRECTED | WANTS_REBOOT)))
		return 0;
	failure_set(failure, FAIL_FSCK, device->path, "e2fsck -p ended with ",
	            status < 0 ? "a signal" : "status ",
	            status < 0 ? "" : text_decimal(number, (uint64_t)status), NULL);
	return -EUCLEAN;
}
