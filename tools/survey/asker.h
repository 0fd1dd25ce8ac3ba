/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asks a LAN which targets there are and takes their answers into a survey. Nothing here waits. */
#ifndef TOOLS_SURVEY_ASKER_H
#define TOOLS_SURVEY_ASKER_H

#include "tools/lan/lan.h"
#include "tools/survey/survey.h"

struct asker {
	struct survey *survey;
	/* Which entries are asked for their IDENTIFY page; NULL: all. */
	bool (*wanted)(const void *context, struct aoe_address address);
	const void *context;
	uint8_t *frame; /* a question */
	uint8_t *batch; /* LAN_BATCH answers */
};

/* Makes room; survey, wanted and context are the caller's. Returns 0 or -ENOMEM. */
int asker_open(struct asker *asker);

/* Asks everyone on a LAN who they are, and what they have those that only said who they are. */
void asker_ask(struct asker *asker, struct lan *lan);

/* Takes what has arrived from a LAN, and asks whoever is new what they have. Returns 0 or -ENOMEM.
 */
int asker_receive(struct asker *asker, struct lan *lan);

void asker_close(struct asker *asker);

#endif
