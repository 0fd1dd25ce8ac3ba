/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The AoE boot firmware table (aBFT): what iPXE tells of the export that it has hooked. A table of
 * ACPI's form, whose header is followed by shelf, slot and the network card's MAC. Pure.
 */
#ifndef INIT_ABFT_H
#define INIT_ABFT_H

#include <stddef.h>
#include <stdint.h>

#include "tools/aoe/address.h"

/* A table's length at least, and what of a longer one is read at most, in bytes. */
enum { ABFT_LEAST = 46, ABFT_MOST = 256 };

/* In memory a table begins on such a boundary. */
enum { ABFT_STEP = 16 };

/* Room for where a table was found, "/sys/firmware/acpi/tables/aBFT12". */
enum { ABFT_PLACE = 48 };

struct abft {
	struct aoe_address address;
	struct mac mac; /* of the network card in this machine */
};

/*
 * Reads a table from `length` bytes, which may be more than it has. Returns 0; -ENOENT if another
 * table, or none, begins here; or -EINVAL with *problem, what is wrong with it.
 */
int abft_parse(const uint8_t *bytes, size_t length, struct abft *abft, const char **problem);

/* All that were found; all zero: none. */
struct abft_findings {
	struct abft abft;         /* the first good one... */
	char place[ABFT_PLACE];   /* ...and where it is; "": there is none */
	char other[ABFT_PLACE];   /* where one is that says something else; or "" */
	char damaged[ABFT_PLACE]; /* where one is that is not in order; or ""... */
	const char *problem;      /* ...and what is wrong with it */
};

/* Adds what begins at a place, if it is an aBFT. */
void abft_note(struct abft_findings *findings, const char *place, const uint8_t *bytes,
               size_t length);

/* Adds those in `length` bytes of memory, which begin at the address `start`. */
void abft_scan(struct abft_findings *findings, const uint8_t *memory, size_t length,
               uint64_t start);

#endif
