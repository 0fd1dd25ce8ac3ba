/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/console.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/report.h"

static const char SHELL[] = "/bin/sh";

bool console_has_shell(void)
{
	return !access(SHELL, X_OK);
}

void console_become(const char *path, char *const argv[])
{
	/* The last one is for libdevmapper: it makes device nodes itself, and waits for no udev. */
	static char search[] = "PATH=/bin:/sbin:/usr/bin:/usr/sbin", term[] = "TERM=linux",
	            no_udev[] = "DM_DISABLE_UDEV=1";
	char *const environment[] = {search, term, no_udev, NULL};
	int console = open("/dev/console", O_RDWR);

	setsid();
	for (int fd = 0; console >= 0 && fd <= 2; fd++)
		dup2(console, fd);
	if (console > 2)
		close(console);
	ioctl(STDIN_FILENO, TIOCSCTTY, 1);
	execve(path, argv, environment);
}

void console_run_shell(const char *then)
{
	static char name[] = "sh", interactive[] = "-i";
	char *const argv[] = {name, interactive, NULL};
	pid_t child;

	report_stage("shell", "leave it with 'exit' to ", then, NULL);
	child = _Fork();
	if (!child) {
		console_become(SHELL, argv);
		_exit(127);
	}
	/* For the shell alone: how others end is for those to learn who have started them. */
	while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
}
