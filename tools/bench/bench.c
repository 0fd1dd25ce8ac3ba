/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `etherroot bench`: opens the LAN, finds the targets, loads them, reads back what was written, and
 * says how fast it went and what was wrong.
 */
#include "tools/bench/bench.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "tools/bench/journal.h"
#include "tools/bench/options.h"
#include "tools/bench/report.h"
#include "tools/bench/run.h"
#include "tools/bench/target.h"

struct bench {
	struct bench_options options;
	struct lan *lan;
	int stop; /* signalfd */
	struct bench_targets targets;
	uint64_t run_number; /* in the stamps */
	struct bench_run *run;
	struct bench_report report;
};

/* ---- before ---- */

static int open_stop(struct bench *bench, struct why *why)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (!sigprocmask(SIG_BLOCK, &set, NULL))
		bench->stop = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return bench->stop < 0 ? why_set(why, -errno, "signals: %s", strerror(errno)) : 0;
}

/* Any address will do that no other guest has. */
static struct mac choose_mac(const struct bench_options *options)
{
	struct mac mac = {{0x02}};

	if (options->has_mac)
		return options->mac;
	if (getrandom(mac.octet + 1, sizeof(mac.octet) - 1, 0) < 0)
		mac = lan_stable_mac("bench");
	return mac;
}

static int open_lan(struct bench *bench, struct why *why)
{
	const char *name = bench->options.lan;
	const struct mac mac = choose_mac(&bench->options);
	int rc;

	switch (bench->options.lan_kind) {
	case BENCH_INTERFACE:
		rc = lan_open_interface(name, &bench->lan);
		break;
	case BENCH_QEMU:
		rc = lan_join_qemu(name, mac, &bench->lan);
		break;
	default:
		rc = lan_wire_qemu(bench->options.wire[0], bench->options.wire[1], mac,
		                   &bench->lan);
		break;
	}
	if (!rc)
		return 0;
	return why_set(why, rc, "%s: %s", name,
	               rc == -ENOENT ? "no such socket: start the target first" : lan_explain(rc));
}

static int open_ledgers(struct bench *bench, struct why *why)
{
	const struct bench_options *options = &bench->options;
	int rc = 0;

	if (!options->verify)
		return 0;
	if (getrandom(&bench->run_number, sizeof(bench->run_number), 0) < 0)
		bench->run_number = bench_now();
	for (size_t i = 0; !rc && i < bench->targets.count; i++) {
		struct bench_target *target = &bench->targets.list[i];
		char name[AOE_ADDRESS_TEXT];

		rc = ledger_init(&target->ledger, bench->run_number, target->address,
		                 target->blocks, options->block / AOE_SECTOR);
		if (rc)
			why_set(why, rc,
			        "%s: --verify: not enough memory to keep count of %llu blocks: "
			        "give --size",
			        aoe_address_format(target->address, name),
			        (unsigned long long)target->blocks);
	}
	if (!rc && options->journal) {
		rc = journal_load(options->journal, &bench->targets, options->block,
		                  &bench->run_number, why);
		/* The first run begins it. */
		if (rc == -ENOENT && !options->check)
			rc = 0;
	}
	return rc;
}

static int prepare(struct bench *bench, struct why *why)
{
	int rc = open_stop(bench, why);

	if (!rc)
		rc = open_lan(bench, why);
	if (!rc)
		rc = bench_targets_find(&bench->targets, &bench->options, bench->lan, why);
	if (!rc)
		rc = open_ledgers(bench, why);
	if (!rc)
		rc = bench_run_create(&bench->options, bench->lan, &bench->targets, bench->stop,
		                      &bench->run, why);
	return rc;
}

/* ---- the run ---- */

/* The parent waits for this, or for the end of the file if it will not come. */
static void say_ready(int fd)
{
	if (fd < 0)
		return;
	if (write(fd, "\n", 1) != 1)
		cli_error(&bench_command, "--ready-fd: %d: %s", fd, strerror(errno));
	close(fd);
}

static int run(struct bench *bench, struct why *why)
{
	const struct bench_options *options = &bench->options;
	struct bench_report *report = &bench->report;
	int rc = 0;

	say_ready(options->ready_fd);
	if (!options->check)
		rc = bench_run_measure(bench->run, &report->end, &report->seconds);
	/* Before anything else can go wrong. */
	if (!rc && options->journal && !options->check)
		rc = journal_save(options->journal, &bench->targets, bench->run_number,
		                  options->block, why);
	else if (rc)
		why_set(why, rc, "%s: %s", bench->lan->name, strerror(-rc));
	if (!rc && report->end == BENCH_DONE &&
	    (options->check || (options->read_back && options->pattern.writes))) {
		report->read_back = true;
		rc = bench_run_check(bench->run, &report->end);
		if (rc)
			why_set(why, rc, "%s: %s", bench->lan->name, strerror(-rc));
	}
	return rc;
}

/* ---- after ---- */

static int print(const struct bench_report *report)
{
	struct buffer out = {0};
	int rc = report->options->json ? bench_print_json(report, &out)
	                               : bench_print_table(report, &out);

	if (!rc && (fwrite(out.data, 1, out.size, stdout) != out.size || fflush(stdout)))
		rc = -errno;
	buffer_free(&out);
	return rc;
}

/* The line that the user needs when nothing comes any more. */
static void tell_silence(const struct bench *bench)
{
	size_t told = 0;

	for (size_t i = 0; i < bench->targets.count && told < 10; i++) {
		const struct bench_target *target = &bench->targets.list[i];
		const struct bench_figures *figures = &target->figures;
		char name[AOE_ADDRESS_TEXT], answers[80] = "it never answered a read or write";

		if (!target->in_flight)
			continue;
		told++;
		if (figures->answers)
			snprintf(answers, sizeof(answers), "it had answered %llu",
			         (unsigned long long)figures->answers);
		cli_error(&bench_command,
		          "%s: silent for %.1f s: %u requests without an answer, %llu "
		          "retransmissions; %s%s: is the target still serving it?",
		          aoe_address_format(target->address, name),
		          (double)(bench_now() - target->owed_since) / 1e9, target->in_flight,
		          (unsigned long long)figures->retransmissions, answers,
		          bench->lan->state == LAN_UP ? "" : "; the link is down");
	}
}

/* Everything was answered, nothing refused, and all data were what they should be. */
static bool is_well(const struct bench *bench)
{
	uint64_t good = 0, unknown = 0;

	for (size_t i = 0; i < bench->targets.count; i++) {
		const struct bench_target *target = &bench->targets.list[i];

		if (target->figures.errors || bench_verdicts_bad(&target->verdicts))
			return false;
		good += target->verdicts.good;
		unknown += target->verdicts.unknown;
	}
	if (unknown && !good) {
		cli_error(&bench_command, "--verify: what was read holds nothing that could be "
		                          "verified: fill it first with --pattern write "
		                          "--verify --count N");
		return false;
	}
	return bench->report.end != BENCH_SILENT;
}

static int finish(struct bench *bench)
{
	struct rusage usage;
	int rc;

	bench->report.options = &bench->options;
	bench->report.targets = &bench->targets;
	bench->report.frames_lost = bench->lan->lost;
	if (!getrusage(RUSAGE_SELF, &usage))
		bench->report.processor =
		        (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec +
		        (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
	if (bench->report.end == BENCH_SILENT)
		tell_silence(bench);
	rc = print(&bench->report);
	if (rc)
		cli_error(&bench_command, "standard output: %s", strerror(-rc));
	return rc || !is_well(bench) ? CLI_FAILED : CLI_OK;
}

static void release(struct bench *bench)
{
	bench_run_free(bench->run);
	bench_targets_release(&bench->targets);
	lan_close(bench->lan);
	if (bench->stop >= 0)
		close(bench->stop);
	bench_options_release(&bench->options);
}

int bench_main(int argc, char **argv)
{
	struct bench bench = {.stop = -1};
	struct why why = {""};
	int status;

	if (bench_options_read(&bench.options, argc, argv, &status)) {
		int rc = prepare(&bench, &why);

		if (!rc)
			rc = run(&bench, &why);
		if (rc)
			cli_error(&bench_command, "%s", why.text);
		status = rc ? CLI_FAILED : finish(&bench);
	}
	release(&bench);
	return status;
}
