/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exports that are served no more: what they acknowledged is made stable, their files are closed,
 * and only then are they freed. Each step may have to wait for a disk, and none is waited for here.
 */
#ifndef TOOLS_SERVE_ENGINE_RETIRE_H
#define TOOLS_SERVE_ENGINE_RETIRE_H

#include "tools/serve/engine/request.h"

/*
 * Closes those of exports->retired that have nothing under way any more. Returns how many that
 * were. To be called while nothing else of the engine runs.
 */
size_t retire_close(struct requests *requests);

/*
 * Serves no export any more. Those that are retired are closed when what cache=writeback
 * acknowledged is stable; what is lost is said, and told in requests->last_error.
 */
void retire_all(struct requests *requests);

/* Says of each that is retired what it has not finished. */
void retire_say_unfinished(const struct requests *requests);

#endif
