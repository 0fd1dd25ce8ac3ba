/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run has shown, for people and for programs. */
#ifndef TOOLS_BENCH_REPORT_H
#define TOOLS_BENCH_REPORT_H

#include "tools/bench/options.h"
#include "tools/bench/run.h"
#include "tools/bench/target.h"
#include "tools/cli/buffer.h"

struct bench_report {
	const struct bench_options *options;
	const struct bench_targets *targets;
	double seconds; /* measured; 0 with --check */
	enum bench_end end;
	bool read_back;       /* what was written has been read back */
	uint64_t frames_lost; /* that our own LAN did not take */
	double processor;     /* seconds of it that the loader has used */
};

/* Return 0 or -ENOMEM. */
int bench_print_table(const struct bench_report *report, struct buffer *out);
int bench_print_json(const struct bench_report *report, struct buffer *out);

#endif
