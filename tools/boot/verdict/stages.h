/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stages of a boot, recognised on the console, and the ways in which a boot ends badly. */
#ifndef TOOLS_BOOT_VERDICT_STAGES_H
#define TOOLS_BOOT_VERDICT_STAGES_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STAGES_MAX     24
#define STAGES_FAILURE 400 /* bytes; what the init says of a failure is cut there */

/* What GRUB has to say when it cannot start what it was told to. */
#define STAGES_GRUB_FAILED "etherroot: GRUB could not start this machine"

/* One stage, when it was reached. */
struct stage_time {
	const char *name; /* as the table and --json call it */
	int64_t host;     /* microseconds after power-on */
	double guest;     /* seconds on the guest's kernel clock; negative: the line had none */
};

struct stages {
	regex_t patterns[STAGES_MAX];
	bool reached[STAGES_MAX];
	struct stage_time times[STAGES_MAX]; /* in the order in which they were reached */
	size_t count;
	char failure[STAGES_FAILURE]; /* the latest that our init told: "E-NOFS: ..."; or "" */
};

void stages_init(struct stages *stages);

/*
 * Looks at a line (whole or growing) that was seen `host` microseconds after power-on, records the
 * stages that it is the first line of and what our init told in it of a failure, and returns how
 * many stages those were.
 */
size_t stages_look(struct stages *stages, const char *line, int64_t host);

/* The time of a stage by its name, or NULL while it was not reached. */
const struct stage_time *stages_find(const struct stages *stages, const char *name);

/* The kernel's time stamp in a line of its log ("[    2.264447] ..."), or a negative number. */
double stages_guest_time(const char *line);

/*
 * What a line says about a boot that cannot succeed any more, or NULL. hopeless: nobody could
 * answer it either (a panic); else a --type rule still might (a rescue shell).
 */
const char *stages_trouble(const char *line, bool *hopeless);

void stages_free(struct stages *stages);

#endif
