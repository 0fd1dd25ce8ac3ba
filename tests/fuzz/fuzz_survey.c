/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Answers of every kind to discover. The list holds each server once and marks exactly the
 * addresses that several MACs answer for; the JSON is JSON; the table obeys no terminal's codes.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tools/discover/print.h"

enum { FRAMES = 64, FRAME = 1600, TAG = 0x01020304 };

static const struct mac own = {{0x02, 0, 0, 0, 0, 0x01}};
static const char *const lans[] = {"lan0", "a\x1b[2J\"\\"};

static void take_frame(struct survey *survey, struct input *input)
{
	uint8_t kind = take_byte(input);
	size_t length, before = survey->count;
	struct survey_entry *entry;
	/* Short frames are written as they are: what follows is the next one. */
	uint8_t *frame = take_bytes(input, kind & 1 ? FRAME : 64u + kind, &length);

	/* Most shall be answers to this survey. */
	if (length >= AOE_HEADER_SIZE && kind & 6) {
		memcpy(frame, &own, sizeof(own));
		memcpy(frame + 12, "\x88\xa2\x18", 3);
		memcpy(frame + 20, "\x01\x02\x03", 3);
	}
	ALWAYS(!survey_take(survey, frame, length, lans[kind >> 7], own, &entry));
	ALWAYS(survey->count == before + (entry != NULL));
	free(frame);
}

static void check_entries(const struct survey *survey)
{
	for (size_t i = 0; i < survey->count; i++) {
		const struct survey_entry *e = survey->entries[i];
		bool shared = false;

		ALWAYS(e->config_length <= AOE_CONFIG_MAX && e->sectors_per_frame);
		for (size_t k = 0; k < survey->count; k++) {
			const struct survey_entry *other = survey->entries[k];
			int order = aoe_address_compare(e->address, other->address);

			ALWAYS(k <= i || order <= 0);
			ALWAYS(k == i || order || strcmp(e->lan, other->lan) ||
			       !mac_equal(e->mac, other->mac));
			shared |= !order && !mac_equal(e->mac, other->mac);
		}
		ALWAYS(e->shared == shared);
	}
}

static void check_text(const struct survey *survey)
{
	struct buffer table = {0}, json = {0};
	size_t lines = 0;

	ALWAYS(!survey_print_table(survey, &table) && !survey_print_json(survey, &json));
	for (size_t i = 0; i < table.size; i++) {
		lines += table.data[i] == '\n';
		ALWAYS(table.data[i] == '\n' || (table.data[i] >= ' ' && table.data[i] < 0x7f));
	}
	ALWAYS(lines == survey->count + 1);
	ALWAYS(is_json((const char *)json.data, json.size));
	buffer_free(&table);
	buffer_free(&json);
}

static void check_questions(const struct survey *survey)
{
	uint8_t frame[AOE_FRAME_MIN];

	ALWAYS(survey_ask(survey, own, frame) == AOE_FRAME_MIN);
	for (size_t i = 0; i < survey->count; i++)
		ALWAYS(survey_ask_identify(survey, survey->entries[i], own, frame) ==
		       AOE_FRAME_MIN);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	struct survey survey = {.tag = TAG};

	for (int i = 0; i < FRAMES && input.left; i++)
		take_frame(&survey, &input);
	check_questions(&survey);
	survey_finish(&survey);
	check_entries(&survey);
	check_text(&survey);
	survey_release(&survey);
	return 0;
}
