/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is served, in one line. */
#ifndef TOOLS_SERVE_SUMMARY_H
#define TOOLS_SERVE_SUMMARY_H

#include "tools/cli/buffer.h"
#include "tools/serve/export/exports.h"
#include "tools/serve/lan/lans.h"

/*
 * Adds it to text, with the end of a string: which exports, and of each LAN its MTU, MAC and the
 * buffers that initiators are told (0: what the LAN says). Returns 0 or -ENOMEM.
 */
int summary_write(const struct exports *exports, const struct lans *lans, unsigned int buffers,
                  struct buffer *text);

#endif
