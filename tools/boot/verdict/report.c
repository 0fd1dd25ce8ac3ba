/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/boot/verdict/report.h"

#include <stdint.h>

static double seconds(int64_t microseconds)
{
	return (double)microseconds / 1e6;
}

void report_table_head(FILE *to)
{
	fprintf(to, "%-12s %9s %9s %12s\n", "stage", "at", "step", "guest clock");
}

void report_table_row(FILE *to, const struct stages *stages, size_t index)
{
	const struct stage_time *stage = &stages->times[index];
	int64_t before = index ? stages->times[index - 1].host : 0;

	fprintf(to, "%-12s %7.2f s %7.2f s", stage->name, seconds(stage->host),
	        seconds(stage->host - before));
	if (stage->guest >= 0)
		fprintf(to, " %10.3f s", stage->guest);
	fprintf(to, "\n");
}

/* The length of a well-formed UTF-8 sequence at s (RFC 3629 section 4), or 0. */
static size_t utf8(const unsigned char *s)
{
	size_t n = s[0] < 0x80                   ? 1
	           : s[0] >= 0xC2 && s[0] < 0xE0 ? 2
	           : (s[0] & 0xF0) == 0xE0       ? 3
	                                         : 0;

	if (s[0] >= 0xF0 && s[0] < 0xF5)
		n = 4;
	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xC0) != 0x80)
			return 0;
	if ((s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xED && s[1] > 0x9F) ||
	    (s[0] == 0xF0 && s[1] < 0x90) || (s[0] == 0xF4 && s[1] > 0x8F))
		return 0;
	return n;
}

void report_json_string(FILE *to, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	fputc('"', to);
	while (*s) {
		size_t n = utf8(s);

		if (!n)
			fputs("\\ufffd", to);
		else if (*s == '"' || *s == '\\')
			fprintf(to, "\\%c", *s);
		else if (*s < ' ')
			fprintf(to, "\\u%04x", *s);
		else
			fwrite(s, 1, n, to);
		s += n ? n : 1;
	}
	fputc('"', to);
}

static void member(FILE *to, const char *name, const char *value)
{
	if (!value)
		return;
	fprintf(to, ",\n  \"%s\": ", name);
	report_json_string(to, value);
}

void report_json(FILE *to, const struct report *report)
{
	fprintf(to, "{\n  \"success\": %s", report->success ? "true" : "false");
	member(to, "verdict", report->verdict);
	member(to, "accel", report->accel);
	member(to, "via", report->via);
	member(to, "firmware", report->firmware);
	member(to, "kernel", report->kernel);
	member(to, "nic", report->nic);
	member(to, "log", report->log);
	if (report->seconds >= 0)
		fprintf(to, ",\n  \"seconds\": %.3f", report->seconds);
	if (report->shutdown >= 0)
		fprintf(to, ",\n  \"shutdown\": %.3f", report->shutdown);
	fprintf(to, ",\n  \"stages\": [");
	for (size_t i = 0; report->stages && i < report->stages->count; i++) {
		const struct stage_time *stage = &report->stages->times[i];

		fprintf(to, "%s\n    {\"name\": \"%s\", \"at\": %.3f", i ? "," : "", stage->name,
		        seconds(stage->host));
		if (stage->guest >= 0)
			fprintf(to, ", \"guest\": %.6f", stage->guest);
		fprintf(to, "}");
	}
	fprintf(to, "%s]\n}\n", report->stages && report->stages->count ? "\n  " : "");
}
