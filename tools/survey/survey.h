/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is known about the targets on the LANs: frames in, a list out. Pure. */
#ifndef TOOLS_SURVEY_SURVEY_H
#define TOOLS_SURVEY_SURVEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/aoe/aoe.h"
#include "tools/aoe/identify.h"

enum { SURVEY_MAX = 65536 }; /* most entries: a hostile LAN must not take all memory */

/* One server that answers for one address on one LAN. */
struct survey_entry {
	struct aoe_address address;
	struct mac mac;
	const char *lan; /* its name; the caller's */
	uint16_t buffers, firmware;
	uint8_t sectors_per_frame;
	uint8_t config[AOE_CONFIG_MAX]; /* any bytes */
	size_t config_length;
	bool identified;          /* identify is filled in */
	struct identify identify; /* its texts are any bytes */
	bool shared;              /* another MAC answers for the same address */
};

/* All zero, but for the tag, is an empty one; survey_release frees it. */
struct survey {
	uint32_t tag; /* of the questions: answers to anyone else's are not taken */
	struct survey_entry **entries;
	size_t count;
};

/* Writes the question who is there, to everyone; returns its length. room: AOE_FRAME_MIN bytes. */
size_t survey_ask(const struct survey *survey, struct mac from, void *frame);

/* Writes the question what kind of disk an entry is; returns its length. */
size_t survey_ask_identify(const struct survey *survey, const struct survey_entry *entry,
                           struct mac from, void *frame);

/*
 * Takes a frame that arrived at the host `own` on a LAN. *entry is set to the entry that it added,
 * else to NULL. Returns 0 or -ENOMEM; what is no answer is ignored.
 */
int survey_take(struct survey *survey, const void *frame, size_t length, const char *lan,
                struct mac own, struct survey_entry **entry);

/* Sorts by address, LAN and MAC, and finds out which addresses several servers answer for. */
void survey_finish(struct survey *survey);

void survey_release(struct survey *survey);

#endif
