/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests of our own that find out when an export that failed works again, though nobody asks:
 * what failed is read; and where writing failed, written back as it was and made stable. In the
 * order of all requests, so that nobody's write is undone.
 */
#ifndef TOOLS_SERVE_ENGINE_PROBE_H
#define TOOLS_SERVE_ENGINE_PROBE_H

#include "tools/serve/engine/request.h"

/*
 * Starts a probe of each export that fails and has none under way; to be called once in a while as
 * long as requests->failing.
 */
void probe_all(struct requests *requests);

#endif
