/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What boot tells about a boot: the table of stages, the same as JSON. */
#ifndef TOOLS_BOOT_VERDICT_REPORT_H
#define TOOLS_BOOT_VERDICT_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "tools/boot/verdict/stages.h"

/* The table's head, and one row: when the stage was reached, how long it took, the guest's clock.
 */
void report_table_head(FILE *to);
void report_table_row(FILE *to, const struct stages *stages, size_t index);

/* A boot as a whole. Strings that are NULL are left out of the JSON. */
struct report {
	bool success;
	const char *verdict; /* one line: what was seen, or why it failed */
	const char *accel, *via, *firmware, *kernel, *nic, *log;
	double seconds;  /* from power-on to the verdict; negative: the machine never ran */
	double shutdown; /* from the verdict to the machine's end by itself; negative: it did not */
	const struct stages *stages;
};

void report_json(FILE *to, const struct report *report);

/* A string as JSON writes it, quotes included. Bytes that are no UTF-8 become U+FFFD. */
void report_json_string(FILE *to, const char *text);

#endif
