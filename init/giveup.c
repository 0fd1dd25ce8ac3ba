/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/giveup.h"

#include <sys/reboot.h>
#include <unistd.h>

#include "init/console.h"
#include "init/job.h"

/*
 * From here on a failure may be the work of whoever is on the LAN: a shell, which is root's, is
 * then for the user to have asked for.
 */
static bool is_of_lan(enum fail_code code)
{
	return code >= FAIL_NOCARRIER;
}

static enum onfail decide(const struct cmdline *cmdline, enum fail_code code)
{
	bool has_shell = console_has_shell();

	if (cmdline->onfail == ONFAIL_SHELL && !has_shell)
		report_warning("rd.onfail=shell", "this image has no shell (initrd --shell)");
	if (cmdline->onfail == ONFAIL_SHELL || cmdline->onfail == ONFAIL_DEFAULT)
		return has_shell && (cmdline->onfail == ONFAIL_SHELL ||
		                     (!cmdline->panic_given && !is_of_lan(code)))
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

_Noreturn void give_up(const struct cmdline *cmdline, enum fail_code code, char **argv)
{
	static char init[] = "/init";

	/* Nothing of what was started, and perhaps hangs, is to be there for a new try. */
	job_end_all(0);
	switch (decide(cmdline, code)) {
	case ONFAIL_SHELL:
		console_run_shell("try the boot again");
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
