/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a target does and did, for `etherroot status`: as a table, JSON, or Prometheus' text. */
#ifndef TOOLS_SERVE_REPORT_H
#define TOOLS_SERVE_REPORT_H

#include "tools/cli/buffer.h"
#include "tools/serve/export/exports.h"
#include "tools/serve/lan/lans.h"
#include "tools/serve/watch/ask.h"

/* Clients, and layers, in one report, so that it is made in a moment: those of the first exports.
 */
enum { REPORT_CLIENTS = 1024 };

/*
 * Adds the report to text, without the end of a string. now is in milliseconds of CLOCK_MONOTONIC,
 * as of exports->list[]->stats. Returns 0 or -ENOMEM.
 */
int report_write(const struct exports *exports, const struct lans *lans, enum ask_form form,
                 uint64_t now, struct buffer *text);

#endif
