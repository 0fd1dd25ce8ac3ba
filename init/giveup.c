/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/giveup.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/job.h"
#include "init/report.h"

static const char SHELL[] = "/bin/sh";

/* Runs a shell with job control on the console until it ends. */
static void run_shell(void)
{
	static char path[] = "PATH=/bin:/sbin:/usr/bin:/usr/sbin", term[] = "TERM=linux";
	char *const environment[] = {path, term, NULL};
	pid_t child;

	report_stage("shell", "leave it with 'exit' to try the boot again", NULL);
	child = _Fork();
	if (!child) {
		int console = open("/dev/console", O_RDWR);

		setsid();
		for (int fd = 0; console >= 0 && fd <= 2; fd++)
			dup2(console, fd);
		ioctl(STDIN_FILENO, TIOCSCTTY, 1);
		execle(SHELL, "sh", "-i", (char *)NULL, environment);
		_exit(127);
	}
	/* Orphans of the shell are this process's children too: reap until it is the shell. */
	for (pid_t ended = 0; child > 0 && ended != child;) {
		ended = wait(NULL);
		if (ended < 0 && errno != EINTR)
			break;
	}
}

static enum onfail decide(const struct cmdline *cmdline)
{
	bool has_shell = !access(SHELL, X_OK);

	if (cmdline->onfail == ONFAIL_SHELL && !has_shell)
		report_warning("rd.onfail=shell", "this image has no shell (initrd --shell)");
	if (cmdline->onfail == ONFAIL_SHELL || cmdline->onfail == ONFAIL_DEFAULT)
		return has_shell && (cmdline->onfail == ONFAIL_SHELL || !cmdline->panic_given)
		               ? ONFAIL_SHELL
		               : ONFAIL_PANIC;
	return cmdline->onfail;
}

/* Ends this boot as rd.onfail=reboot or poweroff wants it. */
static void end_machine(enum onfail how)
{
	report_stage(how == ONFAIL_REBOOT ? "reboot" : "poweroff", "as rd.onfail= says", NULL);
	reboot(how == ONFAIL_REBOOT ? RB_AUTOBOOT : RB_POWER_OFF);
}

_Noreturn void give_up(const struct cmdline *cmdline, char **argv)
{
	static char init[] = "/init";

	/* Nothing of what was started, and perhaps hangs, is to be there for a new try. */
	job_end_all(0);
	switch (decide(cmdline)) {
	case ONFAIL_SHELL:
		run_shell();
		argv[0] = init;
		execv(init, argv);
		break;
	case ONFAIL_REBOOT:
	case ONFAIL_POWEROFF:
		end_machine(cmdline->onfail);
		break;
	default:
		break;
	}
	_exit(1);
}

void give_up_beside(const struct cmdline *cmdline, int crash)
{
	if (cmdline->onfail == ONFAIL_REBOOT || cmdline->onfail == ONFAIL_POWEROFF)
		end_machine(cmdline->onfail);
	else if (cmdline->onfail == ONFAIL_PANIC || cmdline->panic_given)
		(void)!write(crash, "c", 1); /* Documentation/admin-guide/sysrq.rst */
	else
		report_warning("rd.timeout=", "no shell is left to give; waiting goes on");
}
