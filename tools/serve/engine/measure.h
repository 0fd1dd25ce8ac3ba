/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How large the files of exports are by now. A file or volume grows while it is served, and that is
 * noticed; one that became shorter is in trouble, which is told by silence.
 */
#ifndef TOOLS_SERVE_ENGINE_MEASURE_H
#define TOOLS_SERVE_ENGINE_MEASURE_H

#include "tools/serve/engine/request.h"

/* Asks how large an export's file is by now; when that is known, resizes it to that length. */
void measure_export(struct export *export, uint64_t length);

/*
 * Asks whether a file grew whose end is the export's: when it did, the export does too. Whoever
 * asks what is here is a reason to call it: it looks once a second at most.
 */
void measure_growth(struct requests *requests, struct export *export);
void measure_growth_of_all(struct requests *requests);

#endif
