/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The story of `etherroot boot`: set the table, switch the machine on, watch it, tell what was. */
#include "tools/boot/boot.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/boot/machine/machine.h"
#include "tools/boot/options.h"
#include "tools/boot/setup.h"
#include "tools/boot/verdict/verdict.h"
#include "tools/host/args.h"
#include "tools/host/clock.h"

/* QEMU itself is up in a tenth of a second; what it loads before may come from a slow disk. */
#define QEMU_DEADLINE (60 * CLOCK_SECOND)
/* systemd gives a service that does not stop 90 s. */
#define POWER_OFF_DEADLINE (120 * CLOCK_SECOND)

static const char login_prompt[] = "login: ";

struct boot {
	struct boot_options options;
	sigset_t signals_before;
	int signals; /* a signalfd for all that would end us */
	bool interactive;
	struct setup setup;
	bool kvm;
	struct console_log log;
	struct terminal terminal;
	struct guest guest;
	char *verdict;
	double seconds, shutdown; /* see struct report */
};

/* ---- before -------------------------------------------------------------------------------------
 */

static int catch_signals(struct boot *boot)
{
	static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		sigaddset(&set, ends[i]);
	sigprocmask(SIG_BLOCK, &set, &boot->signals_before);
	signal(SIGPIPE, SIG_IGN);
	boot->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (boot->signals >= 0)
		return CLI_OK;
	cli_error(&boot_command, "signalfd: %s", strerror(errno));
	return CLI_FAILED;
}

/* Dies of the signal that ended the run, so that a shell script around us ends as well. */
static void raise_again(const struct boot *boot)
{
	struct signalfd_siginfo info;

	if (read(boot->signals, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return;
	signal((int)info.ssi_signo, SIG_DFL);
	sigprocmask(SIG_SETMASK, &boot->signals_before, NULL);
	raise((int)info.ssi_signo);
}

/* Without a terminal there is somebody who waits for a verdict: by default, on the login prompt. */
static void choose_expectation(struct boot *boot)
{
	struct boot_options *options = &boot->options;
	char why[128];

	boot->interactive = !options->expected && !options->json && isatty(0) && isatty(1);
	if (boot->interactive || options->expected)
		return;
	options->expected = login_prompt;
	if (expect_add(&options->expect, login_prompt, strlen(login_prompt), NULL, why,
	               sizeof(why)) < 0)
		abort(); /* it is a constant */
}

static int choose_accel(struct boot *boot)
{
	enum boot_accel wish = boot->options.accel;
	enum accel_answer answer;

	boot->kvm = wish == ACCEL_KVM;
	if (wish != ACCEL_AUTO)
		return CLI_OK;
	answer = accel_ask(boot->setup.kernel, boot->signals);
	boot->kvm = answer == ACCEL_WORKS;
	if (answer == ACCEL_FAILED_NOW)
		cli_error(&boot_command,
		          ACCEL_DEVICE
		          ": a kernel started with it does not run (tried for %lld s): "
		          "using TCG, and not asking again until this host is restarted",
		          ACCEL_DEADLINE / CLOCK_SECOND);
	return answer == ACCEL_INTERRUPTED ? -EINTR : CLI_OK;
}

static int open_log(struct boot *boot)
{
	const char *path = boot->options.log;
	int rc = console_log_open(&boot->log, path, boot->setup.directory);

	if (!rc)
		return CLI_OK;
	cli_error(&boot_command, "%s%s: %s", path ? "--log " : "", boot->log.path, strerror(-rc));
	return CLI_FAILED;
}

static int prepare(struct boot *boot)
{
	struct setup *setup = &boot->setup;
	int rc = setup_begin(setup, &boot->options, boot->signals);

	if (!rc)
		rc = setup_image(setup);
	if (!rc)
		rc = setup_kernel(setup);
	if (!rc)
		rc = choose_accel(boot);
	if (!rc)
		rc = setup_unpack(setup, boot->kvm);
	if (!rc)
		rc = setup_initrd(setup);
	if (!rc)
		rc = setup_script(setup);
	if (!rc)
		rc = setup_firmware(setup);
	if (!rc)
		rc = setup_target(setup);
	if (!rc)
		rc = open_log(boot);
	return rc;
}

/* ---- the machine's life
 * -------------------------------------------------------------------------- */

static void print_stage(void *context, const struct stages *stages, size_t index)
{
	(void)context;
	if (!index)
		report_table_head(stdout);
	report_table_row(stdout, stages, index);
	fflush(stdout);
}

static int say_why_not(struct boot *boot, int rc)
{
	if (rc == -EINTR)
		return rc;
	if (rc == -ENOENT) {
		cli_error(&boot_command,
		          MACHINE_QEMU ": not found: install the package qemu-system-x86");
		return CLI_FAILED;
	}
	setup_show_messages(&boot->setup);
	if (rc == -ECHILD)
		cli_error(&boot_command, "QEMU ended before the machine ran");
	else if (rc == -EPROTO)
		cli_error(&boot_command, "QEMU: %s", boot->guest.refusal);
	else
		cli_error(&boot_command, "QEMU: %s", strerror(-rc));
	return CLI_FAILED;
}

static int switch_on(struct boot *boot)
{
	struct machine machine;
	struct args args = {0};
	int ends[2], rc;

	setup_machine(&boot->setup, boot->kvm, &machine);
	machine.reboots = boot->interactive || boot->options.reboots;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) {
		cli_error(&boot_command, "socketpair: %s", strerror(errno));
		return CLI_FAILED;
	}
	machine.qmp = ends[0];
	machine_args(&machine, &args);
	boot->guest.reboots = boot->interactive ? 0 : boot->options.reboots;
	boot->guest.expect = &boot->options.expect;
	boot->guest.log = boot->log.file;
	boot->guest.target = boot->setup.target.pid ? boot->setup.target.fd : -1;
	boot->guest.signals = boot->signals;
	if (!boot->interactive && !boot->options.json)
		boot->guest.on_stage = print_stage;
	rc = guest_start(&boot->guest, &args, ends[0], ends[1], boot->setup.messages,
	                 !boot->options.no_carrier, clock_now() + QEMU_DEADLINE);
	args_free(&args);
	return rc < 0 ? say_why_not(boot, rc) : CLI_OK;
}

static enum guest_end watch(struct boot *boot)
{
	struct guest *guest = &boot->guest;
	enum guest_end end;

	if (!boot->interactive)
		return guest_run(guest, guest->power_on + boot->options.timeout * CLOCK_SECOND);
	if (terminal_open(&boot->terminal, 0, 1) < 0)
		return GUEST_QUIT;
	fprintf(stderr, "The machine is on; Ctrl-A x switches it off, Ctrl-A h shows more.\r\n");
	guest->terminal = &boot->terminal;
	end = guest_run(guest, CLOCK_NEVER);
	guest->terminal = NULL;
	terminal_close(&boot->terminal);
	return end;
}

/* ---- the verdict
 * ---------------------------------------------------------------------------------- */

static double since(int64_t start)
{
	return (double)(clock_now() - start) / CLOCK_SECOND;
}

/* How the machine came to its end, as the end of a sentence. The caller frees. */
static char *describe(const struct guest *guest, enum guest_end end)
{
	int status = guest->status;

	switch (end) {
	case GUEST_POWERED_OFF:
		return args_text("the guest powered itself off");
	case GUEST_REBOOTED:
		return args_text("the guest rebooted");
	case GUEST_TROUBLE:
		return args_text("%s", guest->trouble);
	case GUEST_NO_TARGET:
		return args_text("the target ended");
	case GUEST_NO_QEMU:
		return WIFSIGNALED(status)
		               ? args_text("QEMU was ended by signal %d", WTERMSIG(status))
		               : args_text("QEMU ended with status %d", WEXITSTATUS(status));
	default:
		return args_text("time was up");
	}
}

/* The expectation was not met. */
static int fail_expectation(struct boot *boot, enum guest_end end)
{
	const struct expect *expect = &boot->options.expect;
	const char *pattern = expect->steps[expect->at].pattern;
	const char *failure = boot->guest.stages.failure;
	char *how = describe(&boot->guest, end);
	char *what = end == GUEST_TIMEOUT ? args_text("'%s' was not seen within %u s", pattern,
	                                              boot->options.timeout)
	                                  : args_text("%s before '%s' was seen", how, pattern);

	boot->verdict =
	        *failure ? args_text("%s; the init said %s", what, failure) : args_text("%s", what);
	free(what);
	free(how);
	return CLI_FAILED;
}

static int power_off(struct boot *boot)
{
	struct guest *guest = &boot->guest;
	int64_t start = clock_now();
	enum guest_end end;
	char *how;

	if (boot->options.kill)
		return CLI_OK;
	end = guest_power_off(guest, start + POWER_OFF_DEADLINE);
	if (end == GUEST_POWERED_OFF) {
		boot->shutdown = since(start);
		return CLI_OK;
	}
	if (end == GUEST_INTERRUPTED)
		return -EINTR;
	how = describe(guest, end);
	free(boot->verdict);
	boot->verdict =
	        end == GUEST_TIMEOUT
	                ? args_text("the guest did not power off within %lld s of its power "
	                            "button (--after kill does not wait for it)",
	                            POWER_OFF_DEADLINE / CLOCK_SECOND)
	                : args_text("%s instead of powering off", how);
	free(how);
	return CLI_FAILED;
}

static int judge(struct boot *boot, enum guest_end end)
{
	boot->seconds = since(boot->guest.power_on);
	if (end == GUEST_INTERRUPTED)
		return -EINTR;
	if (end == GUEST_SEEN) {
		boot->verdict = args_text("'%s' seen", boot->options.expected);
		return power_off(boot);
	}
	if (!boot->interactive)
		return fail_expectation(boot, end);
	if (end == GUEST_QUIT || end == GUEST_POWERED_OFF)
		return CLI_OK;
	boot->verdict = describe(&boot->guest, end);
	return CLI_FAILED;
}

/* ---- after
 * ----------------------------------------------------------------------------------------- */

static void tell(struct boot *boot, int status)
{
	struct guest *guest = &boot->guest;
	const struct report report = {
	        .success = status == CLI_OK,
	        .verdict = boot->verdict,
	        .accel = boot->kvm ? "kvm" : "tcg",
	        .via = boot_ways[boot->options.via],
	        .firmware = boot_firmwares[boot->options.firmware],
	        .kernel = boot->setup.version,
	        .nic = boot->options.nic,
	        .log = status ? boot->log.path : boot->options.log,
	        .seconds = boot->seconds,
	        .shutdown = boot->shutdown,
	        .stages = &guest->stages,
	};

	if (boot->options.json) {
		report_json(stdout, &report);
	} else if (boot->interactive) {
		for (size_t i = 0; i < guest->stages.count; i++)
			print_stage(NULL, &guest->stages, i);
	} else if (!status) {
		printf("%s after %.2f s", boot->verdict, boot->seconds);
		if (boot->shutdown >= 0)
			printf(", off %.2f s later", boot->shutdown);
		printf(" (%s, %s, kernel %s)\n", report.accel, report.via,
		       report.kernel ? report.kernel : "unknown");
	}
	if (status == CLI_FAILED && !boot->interactive) {
		fprintf(stderr, "The console's last lines:\n");
		tail_print(stderr, &guest->tail, guest->console.line);
	}
	if (status == CLI_FAILED) {
		setup_show_messages(&boot->setup);
		cli_error(&boot_command, "%s; the console's log is %s", boot->verdict,
		          boot->log.path);
	}
}

static int run(struct boot *boot)
{
	int status = prepare(boot);

	if (!status)
		status = switch_on(boot);
	if (status)
		return status;
	status = judge(boot, watch(boot));
	if (status == CLI_FAILED)
		console_log_keep(&boot->log);
	if (status != -EINTR)
		tell(boot, status);
	return status;
}

int boot_main(int argc, char **argv)
{
	struct boot boot = {.seconds = -1, .shutdown = -1};
	int status;

	if (boot_options_parse(&boot.options, argc, argv, &status) < 0) {
		boot_options_free(&boot.options);
		return status;
	}
	guest_init(&boot.guest);
	choose_expectation(&boot);
	status = catch_signals(&boot);
	if (!status) {
		status = run(&boot);
		guest_destroy(&boot.guest);
		if (!setup_stop_target(&boot.setup) && !status)
			status = CLI_FAILED;
		console_log_close(&boot.log);
		setup_end(&boot.setup);
		if (status == -EINTR)
			raise_again(&boot);
		close(boot.signals);
	}
	free(boot.verdict);
	boot_options_free(&boot.options);
	return status < 0 ? CLI_FAILED : status;
}
