/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The loop that loads the targets: frames out as far as depth and windows allow, answers in, and
 * what is not answered in time again.
 */
#ifndef TOOLS_BENCH_RUN_H
#define TOOLS_BENCH_RUN_H

#include <stdint.h>

#include "tools/bench/options.h"
#include "tools/bench/target.h"
#include "tools/cli/why.h"
#include "tools/lan/lan.h"

/* How a run ended. */
enum bench_end {
	BENCH_DONE,
	BENCH_STOPPED, /* by a signal: what was under way was given up */
	BENCH_SILENT,  /* nothing was answered for as long as the user's patience */
};

struct bench_run;

/*
 * Prepares to load the targets. stop is a signalfd that ends a run. The parameters are the caller's
 * and must outlive the run. Fills *why and returns a negative errno on failure.
 */
int bench_run_create(const struct bench_options *options, struct lan *lan,
                     struct bench_targets *targets, int stop, struct bench_run **run,
                     struct why *why);
void bench_run_free(struct bench_run *run);

/*
 * Runs the pattern for as long as the options say; *seconds is how long that was. The figures are
 * in the targets. Returns 0 or a negative errno.
 */
int bench_run_measure(struct bench_run *run, enum bench_end *end, double *seconds);

/* Reads back every block that the ledgers know. Verdicts are in the targets. */
int bench_run_check(struct bench_run *run, enum bench_end *end);

#endif
