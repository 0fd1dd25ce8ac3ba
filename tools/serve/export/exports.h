/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All exports of this process. */
#ifndef TOOLS_SERVE_EXPORT_EXPORTS_H
#define TOOLS_SERVE_EXPORT_EXPORTS_H

#include "tools/serve/config/plan.h"
#include "tools/serve/export/export.h"

struct exports {
	struct export **list; /* sorted by address */
	size_t count;
};

/*
 * Opens those of a plan that plan_check accepted. Returns 0 or a negative errno, and then the
 * reason was said; in any case exports_close releases what is open.
 */
int exports_open(struct exports *exports, const struct plan *plan, struct io *io,
                 const struct say *say);
void exports_close(struct exports *exports);

/* The export with that address, or NULL. */
struct export *exports_find(const struct exports *exports, struct aoe_address address);

/* Says of each what it is. */
void exports_describe(const struct exports *exports, const struct say *say);

#endif
