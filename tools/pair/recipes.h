/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files that a server of a pair needs, made from its pairing: for DRBD and for its cluster.
 * Pure.
 */
#ifndef TOOLS_PAIR_RECIPES_H
#define TOOLS_PAIR_RECIPES_H

#include <sys/types.h>

#include "tools/pair/pairing.h"

/* The line that a file begins with which may be written anew; XML and DRBD have other comments. */
#define RECIPES_MADE "Made by 'etherroot pair' from " PAIRING_PATH

/* Where the part of Pacemaker's configuration lies that cibadmin(8) is to take. */
#define RECIPES_CIB "/etc/etherroot/pair-cib.xml"

/* What brings the other half up to date, and when. */
#define RECIPES_RESYNC "etherroot-pair-resync"

struct recipe {
	char path[64];
	mode_t mode;
	struct buffer text;
};

struct recipes {
	struct recipe list[PAIRING_EXPORTS_MAX + 2];
	size_t count;
};

/*
 * Makes those of the server with that index; program is where this command lies, for those who call
 * it. Returns 0 or -ENOMEM; recipes_release frees them
 * either way.
 */
int recipes_make(const struct pairing *pairing, size_t server, const char *program,
                 struct recipes *recipes);

void recipes_release(struct recipes *recipes);

/* ---- one function per kind of file; each returns 0 or -ENOMEM ---- */

int write_drbd(const struct pairing *pairing, const struct pairing_export *export,
               const char *program, struct buffer *text);
int write_corosync(const struct pairing *pairing, struct buffer *text);
int write_cib(const struct pairing *pairing, struct buffer *text);
int write_resync_service(const char *program, struct buffer *text);
int write_resync_timer(const struct pairing *pairing, struct buffer *text);
int write_keepalived(const struct pairing *pairing, size_t server, const char *program,
                     struct buffer *text);

#endif
