/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who is told that an export is here, and who else says so of the same address, or is asked. */
#ifndef TOOLS_SERVE_WIRE_ANNOUNCE_H
#define TOOLS_SERVE_WIRE_ANNOUNCE_H

#include "tools/serve/watch/limit.h"
#include "tools/serve/watch/say.h"
#include "tools/serve/wire/sink.h"

/*
 * Tells a LAN that the export is there, so that initiators need not wait until they ask again:
 * everyone, or those that may use it. frame has a buffer, which may be exchanged.
 */
void announce_export(const struct protocol_export *export, struct sink *sink,
                     struct lan_frame *frame);

/* Asks a LAN who answers for that address. frame is as above. */
void announce_ask(struct aoe_address address, struct sink *sink, struct lan_frame *frame);

/* True if a frame from there is our own, heard on another of our LANs: they meet in one network. */
bool announce_is_own(const struct sink *sinks, struct mac source);

/*
 * Another target's announcement, whose header this is, was heard on the LAN for the address of one
 * of ours: says so, unless that was said a short while ago. now is in milliseconds.
 */
void announce_conflict(const struct say *say, struct limit *limit, const struct aoe_header *header,
                       const struct sink *sink, uint64_t now);

#endif
