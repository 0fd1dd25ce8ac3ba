/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/engine/presence.h"

#include "tools/serve/engine/claims.h"
#include "tools/serve/export/claim.h"
#include "tools/serve/wire/announce.h"

bool presence_answers(const struct export *export, const struct sink *sink)
{
	const struct export *whole = export->parent ? export->parent : export;

	return !whole->withdrawn && !claim_find(whole->claims, sink);
}

/* True if an answer from there is our own, heard on another of our LANs: they meet somewhere. */
static bool is_own(const struct requests *requests, const struct export *export,
                   const struct sink *sink, struct mac source)
{
	if (announce_is_own(requests->sinks, source))
		return true;
	if (!export->view.has_mac || !mac_equal(source, export->view.mac))
		return false;
	/* Its own address is also that of the server which had it before. */
	for (const struct sink *other = requests->sinks; other; other = other->next)
		if (other != sink && presence_answers(export, other))
			return true;
	return false;
}

void presence_heard(struct requests *requests, struct export *export, const struct sink *sink,
                    const struct aoe_header *header)
{
	if (export->withdrawn || is_own(requests, export, sink, header->source) ||
	    claims_heard(requests, export, sink, header->source))
		return;
	announce_conflict(requests->say, &export->conflict, header, sink, requests->now);
}

void presence_announce_on(struct requests *requests, const struct export *export, struct sink *sink)
{
	if (!export->view.silent && presence_answers(export, sink))
		announce_export(&export->view, sink, &requests->scratch);
}

void presence_announce(struct requests *requests, struct sink *sink)
{
	for (size_t i = 0; i < requests->exports->count; i++)
		presence_announce_on(requests, requests->exports->list[i], sink);
}

/* Initiators send to whoever they hear of, and wait for it, although another has taken over. */
void presence_announce_export(struct requests *requests, const struct export *export)
{
	if (export->retired || requests->ending)
		return;
	for (struct sink *sink = requests->sinks; sink; sink = sink->next)
		presence_announce_on(requests, export, sink);
}
