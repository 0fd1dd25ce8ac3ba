/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/bench/report.h"

#include <errno.h>
#include <inttypes.h>

static const char *const directions[BENCH_DIRECTIONS] = {"read", "write"};

static const struct percentile {
	const char *heading, *member;
	double percent;
} percentiles[] = {
        {"50%", "p50", 50},
        {"90%", "p90", 90},
        {"99%", "p99", 99},
        {"99.9%", "p99_9", 99.9},
};

enum { PERCENTILES = sizeof(percentiles) / sizeof(percentiles[0]) };

static double rate(const struct bench_report *report, uint64_t count)
{
	return report->seconds > 0 ? (double)count / report->seconds : 0;
}

static void add_figures(struct bench_figures *into, const struct bench_figures *from)
{
	for (int d = 0; d < BENCH_DIRECTIONS; d++) {
		histogram_merge(&into->latency[d], &from->latency[d]);
		into->sectors[d] += from->sectors[d];
	}
	into->retransmissions += from->retransmissions;
	into->errors += from->errors;
	into->answers += from->answers;
	into->acknowledged += from->acknowledged;
	if (from->longest_pause > into->longest_pause)
		into->longest_pause = from->longest_pause;
}

static void add_verdicts(struct bench_verdicts *into, const struct bench_verdicts *from)
{
	into->good += from->good;
	into->unknown += from->unknown;
	into->lost += from->lost;
	into->damaged += from->damaged;
	into->misplaced += from->misplaced;
	into->unsent += from->unsent;
}

/* ---- for people ---- */

static int print_work(const struct bench_report *report, struct buffer *out)
{
	const struct bench_options *o = report->options;
	const char *plural = o->clients == 1 ? "" : "s";

	if (o->replay)
		return buffer_printf(out,
		                     "replay of %s, %zu steps, %u %% of its pauses, %u client%s, "
		                     "%.2f s",
		                     o->recording, o->replay->count, o->pauses, o->clients, plural,
		                     report->seconds);
	return buffer_printf(
	        out, "%s, blocks of %u bytes, depth %u, %u client%s, %.2f s, seed %" PRIu64,
	        o->pattern_text, o->block, o->depth, o->clients, plural, report->seconds, o->seed);
}

static int print_heading(const struct bench_report *report, struct buffer *out)
{
	int rc = print_work(report, out);

	if (!rc)
		rc = buffer_printf(out, "; latencies in microseconds\n%-11s %-5s %10s %8s",
		                   "TARGET", "", "PER SECOND", "MB/s");
	for (size_t i = 0; !rc && i < PERCENTILES; i++)
		rc = buffer_printf(out, " %8s", percentiles[i].heading);
	return rc ? rc : buffer_printf(out, " %9s %8s %6s\n", "MAX", "REPEATED", "ERRORS");
}

static int print_row(const struct bench_report *report, const char *name,
                     const struct bench_figures *figures, int direction, struct buffer *out)
{
	const struct histogram *latency = &figures->latency[direction];
	int rc = buffer_printf(out, "%-11s %-5s %10.0f %8.1f", name, directions[direction],
	                       rate(report, latency->count),
	                       rate(report, figures->sectors[direction]) * AOE_SECTOR / 1e6);

	for (size_t i = 0; !rc && i < PERCENTILES; i++)
		rc = buffer_printf(out, " %8.0f",
		                   (double)histogram_percentile(latency, percentiles[i].percent) /
		                           1e3);
	return rc ? rc
	          : buffer_printf(out, " %9.0f %8" PRIu64 " %6" PRIu64 "\n",
	                          (double)latency->max / 1e3, figures->retransmissions,
	                          figures->errors);
}

/* The directions that the pattern has, whether or not anything came back. */
static int print_rows(const struct bench_report *report, const char *name,
                      const struct bench_figures *figures, struct buffer *out)
{
	const struct pattern *pattern = &report->options->pattern;
	int rc = 0;

	if (pattern->writes < 100)
		rc = print_row(report, name, figures, BENCH_READ, out);
	if (!rc && pattern->writes)
		rc = print_row(report, name, figures, BENCH_WRITE, out);
	return rc;
}

static int print_verdicts(const struct bench_report *report, const struct bench_verdicts *verdicts,
                          struct buffer *out)
{
	uint64_t bad = bench_verdicts_bad(verdicts);
	int rc = 0;

	if (!report->options->verify)
		return 0;
	if (!report->read_back && !verdicts->good && !verdicts->unknown && !bad)
		return 0;
	rc = buffer_printf(out,
	                   "verified%s: %" PRIu64 " blocks good, %" PRIu64 " lost, %" PRIu64
	                   " damaged, %" PRIu64 " misplaced, %" PRIu64 " never written",
	                   report->read_back ? ", all that was written read back" : "",
	                   verdicts->good, verdicts->lost, verdicts->damaged, verdicts->misplaced,
	                   verdicts->unsent);
	if (!rc && verdicts->unknown)
		rc = buffer_printf(out, "; %" PRIu64 " hold nothing that could be verified",
		                   verdicts->unknown);
	return rc ? rc : buffer_append(out, "\n", 1);
}

static int print_measured(const struct bench_report *report, struct bench_figures *total,
                          struct buffer *out)
{
	const struct bench_targets *targets = report->targets;
	int rc = print_heading(report, out);

	for (size_t i = 0; !rc && i < targets->count; i++) {
		char name[AOE_ADDRESS_TEXT];

		rc = print_rows(report, aoe_address_format(targets->list[i].address, name),
		                &targets->list[i].figures, out);
	}
	if (!rc && targets->count > 1)
		rc = print_rows(report, "all", total, out);
	return rc;
}

int bench_print_table(const struct bench_report *report, struct buffer *out)
{
	static const struct bench_figures nothing;
	struct bench_figures total = nothing;
	struct bench_verdicts verdicts = {0};
	int rc = 0;

	for (size_t i = 0; i < report->targets->count; i++) {
		add_figures(&total, &report->targets->list[i].figures);
		add_verdicts(&verdicts, &report->targets->list[i].verdicts);
	}
	if (!report->options->check)
		rc = print_measured(report, &total, out);
	if (!rc)
		rc = print_verdicts(report, &verdicts, out);
	if (!rc && report->frames_lost)
		rc = buffer_printf(out, "%" PRIu64 " frames could not be sent\n",
		                   report->frames_lost);
	return rc;
}

/* ---- for programs ---- */

static int json_latency(const struct bench_report *report, const struct bench_figures *figures,
                        int direction, struct buffer *out)
{
	const struct histogram *latency = &figures->latency[direction];
	int rc = buffer_printf(out,
	                       "\"%s\": {\"operations\": %" PRIu64 ", \"per_second\": %.1f, "
	                       "\"latency_us\": {",
	                       directions[direction], latency->count, rate(report, latency->count));

	for (size_t i = 0; !rc && i < PERCENTILES; i++)
		rc = buffer_printf(out, "\"%s\": %.1f, ", percentiles[i].member,
		                   (double)histogram_percentile(latency, percentiles[i].percent) /
		                           1e3);
	return rc ? rc : buffer_printf(out, "\"max\": %.1f}}, ", (double)latency->max / 1e3);
}

static int json_figures(const struct bench_report *report, const struct bench_figures *figures,
                        const struct bench_verdicts *verdicts, struct buffer *out)
{
	int rc = 0;

	for (int d = 0; !rc && d < BENCH_DIRECTIONS; d++)
		rc = json_latency(report, figures, d, out);
	if (rc)
		return rc;
	return buffer_printf(out,
	                     "\"acknowledged_writes\": %" PRIu64 ", \"retransmissions\": %" PRIu64
	                     ", \"errors\": %" PRIu64 ", \"longest_pause_ms\": %.1f, "
	                     "\"verified\": {\"good\": %" PRIu64 ", \"lost\": %" PRIu64
	                     ", \"damaged\": %" PRIu64 ", \"misplaced\": %" PRIu64
	                     ", \"never_written\": %" PRIu64 ", \"unknown\": %" PRIu64 "}",
	                     figures->acknowledged, figures->retransmissions, figures->errors,
	                     (double)figures->longest_pause / 1e6, verdicts->good, verdicts->lost,
	                     verdicts->damaged, verdicts->misplaced, verdicts->unsent,
	                     verdicts->unknown);
}

static int json_target(const struct bench_report *report, const struct bench_target *target,
                       struct buffer *out)
{
	char name[AOE_ADDRESS_TEXT];
	int rc = buffer_printf(out,
	                       "{\"address\": \"%s\", \"buffers\": %u, "
	                       "\"sectors_per_frame\": %u, \"unanswered\": %u, ",
	                       aoe_address_format(target->address, name), target->buffers,
	                       target->sectors_per_frame, target->in_flight);

	if (!rc)
		rc = json_figures(report, &target->figures, &target->verdicts, out);
	return rc ? rc : buffer_append(out, "}", 1);
}

static int json_options(const struct bench_report *report, struct buffer *out)
{
	static const char *const ends[] = {"done", "stopped", "silent"};
	const struct bench_options *o = report->options;

	return buffer_printf(
	        out,
	        "{\"pattern\": \"%s\", \"block\": %u, \"depth\": %u, \"clients\": %u, "
	        "\"seed\": %" PRIu64 ", \"seconds\": %.3f, \"end\": \"%s\", "
	        "\"read_back\": %s, \"frames_lost\": %" PRIu64 ", \"processor_seconds\": %.3f,\n ",
	        o->check ? "check" : o->pattern_text, o->block, o->depth, o->clients, o->seed,
	        report->seconds, ends[report->end], report->read_back ? "true" : "false",
	        report->frames_lost, report->processor);
}

int bench_print_json(const struct bench_report *report, struct buffer *out)
{
	const struct bench_targets *targets = report->targets;
	static const struct bench_figures nothing;
	struct bench_figures total = nothing;
	struct bench_verdicts verdicts = {0};
	int rc = json_options(report, out);

	for (size_t i = 0; i < targets->count; i++) {
		add_figures(&total, &targets->list[i].figures);
		add_verdicts(&verdicts, &targets->list[i].verdicts);
	}
	if (!rc)
		rc = json_figures(report, &total, &verdicts, out);
	if (!rc)
		rc = buffer_printf(out, ",\n \"targets\": [");
	for (size_t i = 0; !rc && i < targets->count; i++) {
		rc = buffer_printf(out, "%s", i ? ",\n  " : "");
		if (!rc)
			rc = json_target(report, &targets->list[i], out);
	}
	return rc ? rc : buffer_printf(out, "]}\n");
}
