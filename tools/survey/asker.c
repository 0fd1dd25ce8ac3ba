/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/survey/asker.h"

#include <errno.h>
#include <stdlib.h>

int asker_open(struct asker *asker)
{
	asker->frame = malloc(LAN_FRAME_MAX);
	asker->batch = malloc((size_t)LAN_BATCH * LAN_FRAME_MAX);
	return asker->frame && asker->batch ? 0 : -ENOMEM;
}

void asker_close(struct asker *asker)
{
	free(asker->batch);
	free(asker->frame);
}

static void send_question(struct asker *asker, struct lan *lan, size_t length)
{
	struct lan_frame frame = {.data = asker->frame, .length = length};

	lan_send(lan, &frame, 1);
}

static void ask_identify(struct asker *asker, struct lan *lan, const struct survey_entry *entry)
{
	if (asker->wanted && !asker->wanted(asker->context, entry->address))
		return;
	send_question(asker, lan,
	              survey_ask_identify(asker->survey, entry, lan->mac, asker->frame));
}

void asker_ask(struct asker *asker, struct lan *lan)
{
	send_question(asker, lan, survey_ask(asker->survey, lan->mac, asker->frame));
	for (size_t i = 0; i < asker->survey->count; i++) {
		const struct survey_entry *entry = asker->survey->entries[i];

		if (entry->lan == lan->name && !entry->identified)
			ask_identify(asker, lan, entry);
	}
}

int asker_receive(struct asker *asker, struct lan *lan)
{
	struct lan_frame frames[LAN_BATCH];
	size_t count;
	int rc = 0;

	for (size_t i = 0; i < LAN_BATCH; i++)
		frames[i] = (struct lan_frame){.data = asker->batch + i * LAN_FRAME_MAX};
	count = lan_receive(lan, frames, LAN_BATCH);
	for (size_t i = 0; !rc && i < count; i++) {
		struct survey_entry *added;

		rc = survey_take(asker->survey, frames[i].data, frames[i].length, lan->name,
		                 lan->mac, &added);
		if (added)
			ask_identify(asker, lan, added);
	}
	return rc;
}
