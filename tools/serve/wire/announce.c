/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/wire/announce.h"

static void announce_to(const struct protocol_export *export, struct sink *sink,
                        struct lan_frame *frame, struct mac mac)
{
	frame->peer = LAN_EVERYONE;
	frame->length = protocol_announce(export, &sink->view, mac, frame->data);
	sink_send(sink, frame);
}

/* An export that only some may use is no business of the others. */
void announce_export(const struct protocol_export *export, struct sink *sink,
                     struct lan_frame *frame)
{
	for (size_t i = 0; i < export->mac_count; i++)
		announce_to(export, sink, frame, export->macs[i]);
	if (!export->mac_count)
		announce_to(export, sink, frame, mac_broadcast);
}

void announce_ask(struct aoe_address address, struct sink *sink, struct lan_frame *frame)
{
	frame->peer = LAN_EVERYONE;
	frame->length = aoe_query_make(frame->data, sink->view.mac, address, 0);
	sink_send(sink, frame);
}

bool announce_is_own(const struct sink *sinks, struct mac source)
{
	for (; sinks; sinks = sinks->next)
		if (mac_equal(sinks->view.mac, source))
			return true;
	return false;
}

void announce_conflict(const struct say *say, struct limit *limit, const struct aoe_header *header,
                       const struct sink *sink, uint64_t now)
{
	unsigned long count;
	char name[AOE_ADDRESS_TEXT], mac[MAC_TEXT];

	if (limit_pass(limit, now, 1, &count))
		say_print(say, SAY_WARNING,
		          "%s: %s on %s answers for the same address: unless both serve the same "
		          "data, "
		          "stop one of the two",
		          aoe_address_format(header->address, name),
		          mac_format(header->source, mac), sink->name);
}
