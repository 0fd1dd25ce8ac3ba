/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tenure of exports whose files are being closed and opened again: LANs on which the address is
 * ours, though nobody answers for it at the moment. Pure; times in milliseconds of one clock.
 *
 * Whoever begins to answer there meanwhile announces itself, and who is still asking hears the
 * announcement of the export that is back: so others need not be asked for it.
 */
#ifndef TOOLS_SERVE_EXPORT_TENURE_H
#define TOOLS_SERVE_EXPORT_TENURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/aoe/address.h"

enum { TENURE_KEPT = 30000 }; /* by then another server that waits for the address has asked */

struct sink;

struct tenure {
	struct tenure *next;
	struct aoe_address address;
	const struct sink *sink;
	bool forced;    /* it answered whoever else did */
	uint64_t until; /* a time */
};

/* Keeps one from now on. Without memory it is not kept. */
void tenure_keep(struct tenure **tenures, const struct tenure *tenure, uint64_t now);

/* Takes it. Returns false if there is none, or none any more; *forced is left alone then. */
bool tenure_take(struct tenure **tenures, struct aoe_address address, const struct sink *sink,
                 uint64_t now, bool *forced);

/* Another has it. */
void tenure_lose(struct tenure **tenures, struct aoe_address address, const struct sink *sink);

/* All on that LAN, or with NULL all of them. */
void tenure_lose_all(struct tenure **tenures, const struct sink *sink);

#endif
