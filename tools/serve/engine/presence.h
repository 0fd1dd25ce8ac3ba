/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where exports are to be found: on which LANs they answer, who is told of them there, and what
 * comes of another target that answers in their place.
 */
#ifndef TOOLS_SERVE_ENGINE_PRESENCE_H
#define TOOLS_SERVE_ENGINE_PRESENCE_H

#include "tools/serve/engine/request.h"

/* It was not withdrawn, and its address is not, or may not be, another target's there. */
bool presence_answers(const struct export *export, const struct sink *sink);

/* Tells a LAN of one export, unless it is not to be found there; or of all exports. */
void presence_announce_on(struct requests *requests, const struct export *export,
                          struct sink *sink);
void presence_announce(struct requests *requests, struct sink *sink);

/* Tells all LANs of one export. */
void presence_announce_export(struct requests *requests, const struct export *export);

/* An answer for the export's address was heard, which nobody on the LAN but it should give. */
void presence_heard(struct requests *requests, struct export *export, const struct sink *sink,
                    const struct aoe_header *header);

#endif
