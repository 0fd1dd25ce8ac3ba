/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mirrors of this server, as DRBD 8.4 shows them in /proc/drbd. */
#ifndef TOOLS_PAIR_MIRROR_H
#define TOOLS_PAIR_MIRROR_H

#include <stdbool.h>
#include <stddef.h>

enum {
	MIRRORS_MAX = 256, /* minors that are looked at */
	MIRROR_WORD = 16,  /* bytes of the longest state, "ProtocolError" or "NetworkFailure" */
};

/* One half, its own and what it knows of the other's. The words are DRBD's. */
struct mirror {
	unsigned int minor;
	char connection[MIRROR_WORD]; /* "Connected", "SyncSource", "WFConnection", "StandAlone"...
	                               */
	char role[2][MIRROR_WORD];    /* own, other's: "Primary", "Secondary", "Unknown" */
	char disk[2][MIRROR_WORD];    /* own, other's: "UpToDate", "Outdated", "DUnknown"... */
	bool suspended;               /* it holds all writes */
	unsigned long long differing; /* KiB that the two are known not to have alike ("oos") */
	bool syncing;
	double percent;           /* that is in sync, while syncing */
	char finish[MIRROR_WORD]; /* hours:minutes:seconds to go, while syncing, or "" */
};

struct mirrors {
	bool loaded; /* DRBD is in the kernel */
	struct mirror list[MIRRORS_MAX];
	size_t count;
};

/* Reads the text of /proc/drbd. What is in another form is not taken. Pure. */
void mirrors_parse(const char *text, struct mirrors *mirrors);

/* Reads /proc/drbd itself (or the file that ETHERROOT_PROC_DRBD names). */
void mirrors_read(struct mirrors *mirrors);

/* NULL if there is none. */
const struct mirror *mirrors_find(const struct mirrors *mirrors, unsigned int minor);

/* True if the two see each other. */
bool mirror_is_connected(const struct mirror *mirror);

#endif
