/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/survey/survey.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The second question's tag is the one after the first's. */
static uint32_t identify_tag(const struct survey *survey)
{
	return survey->tag + 1;
}

size_t survey_ask(const struct survey *survey, struct mac from, void *frame)
{
	const struct aoe_address all = {AOE_SHELF_ALL, AOE_SLOT_ALL};

	return aoe_query_make(frame, from, all, survey->tag);
}

size_t survey_ask_identify(const struct survey *survey, const struct survey_entry *entry,
                           struct mac from, void *frame)
{
	const struct aoe_header header = {
	        .destination = entry->mac,
	        .source = from,
	        .version = AOE_VERSION,
	        .address = entry->address,
	        .command = AOE_ATA,
	        .tag = identify_tag(survey),
	};
	const struct aoe_ata ata = {.command = ATA_IDENTIFY, .count = 1};

	aoe_header_make(frame, &header);
	return aoe_pad(frame, aoe_ata_make(frame, &ata));
}

static struct survey_entry *find(const struct survey *survey, const struct aoe_header *header,
                                 const char *lan)
{
	for (size_t i = 0; i < survey->count; i++) {
		struct survey_entry *e = survey->entries[i];

		if (!aoe_address_compare(e->address, header->address) &&
		    mac_equal(e->mac, header->source) && !strcmp(e->lan, lan))
			return e;
	}
	return NULL;
}

static int add(struct survey *survey, const struct aoe_header *header, const char *lan,
               struct survey_entry **entry)
{
	struct survey_entry **larger, *e;

	if (survey->count == SURVEY_MAX)
		return 0;
	larger = reallocarray(survey->entries, survey->count + 1, sizeof(struct survey_entry *));
	if (!larger)
		return -ENOMEM;
	survey->entries = larger;
	e = calloc(1, sizeof(*e));
	if (!e)
		return -ENOMEM;
	e->address = header->address;
	e->mac = header->source;
	e->lan = lan;
	survey->entries[survey->count++] = e;
	*entry = e;
	return 0;
}

static int take_config(struct survey *survey, const void *frame, size_t length,
                       const struct aoe_header *header, const char *lan,
                       struct survey_entry **entry)
{
	struct survey_entry *e = find(survey, header, lan);
	struct aoe_config config;
	int rc;

	if (aoe_config_parse(frame, length, &config))
		return 0;
	if (!e) {
		rc = add(survey, header, lan, entry);
		if (rc || !*entry)
			return rc;
		e = *entry;
	}
	e->buffers = config.buffers;
	e->firmware = config.firmware;
	/* A server that does not say means the two sectors that fit into every frame. */
	e->sectors_per_frame = config.sectors ? config.sectors : 2;
	e->config_length = config.string_length;
	memcpy(e->config, config.string, config.string_length);
	return 0;
}

static void take_identify(struct survey *survey, const void *frame, size_t length,
                          const struct aoe_header *header, const char *lan)
{
	struct survey_entry *e = find(survey, header, lan);
	struct aoe_ata ata;

	if (!e || aoe_ata_parse(frame, length, &ata) || ata.command & ATA_STATUS_ERROR ||
	    length - AOE_ATA_DATA < IDENTIFY_SIZE)
		return;
	identify_parse((const uint8_t *)frame + AOE_ATA_DATA, &e->identify);
	e->identified = true;
}

int survey_take(struct survey *survey, const void *frame, size_t length, const char *lan,
                struct mac own, struct survey_entry **entry)
{
	struct aoe_header header;

	*entry = NULL;
	if (aoe_header_parse(frame, length, &header) || !mac_equal(header.destination, own) ||
	    !(header.flags & AOE_RESPONSE) || header.flags & AOE_ERROR)
		return 0;
	if (header.command == AOE_CONFIG && header.tag == survey->tag)
		return take_config(survey, frame, length, &header, lan, entry);
	if (header.command == AOE_ATA && header.tag == identify_tag(survey))
		take_identify(survey, frame, length, &header, lan);
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct survey_entry *x = *(struct survey_entry *const *)a;
	const struct survey_entry *y = *(struct survey_entry *const *)b;
	int order = aoe_address_compare(x->address, y->address);

	if (!order)
		order = strcmp(x->lan, y->lan);
	return order ? order : memcmp(&x->mac, &y->mac, sizeof(x->mac));
}

void survey_finish(struct survey *survey)
{
	size_t first = 0;

	if (survey->count)
		qsort(survey->entries, survey->count, sizeof(struct survey_entry *), compare);
	for (size_t i = 1; i < survey->count; i++) {
		struct survey_entry *e = survey->entries[i];

		if (aoe_address_compare(e->address, survey->entries[first]->address)) {
			first = i;
			continue;
		}
		/* All from the first on have this address: one that differs marks them all. */
		if (!mac_equal(e->mac, survey->entries[first]->mac))
			for (size_t k = first; k <= i; k++)
				survey->entries[k]->shared = true;
		else
			e->shared = survey->entries[first]->shared;
	}
}

void survey_release(struct survey *survey)
{
	for (size_t i = 0; i < survey->count; i++)
		free(survey->entries[i]);
	free(survey->entries);
	survey->entries = NULL;
	survey->count = 0;
}
