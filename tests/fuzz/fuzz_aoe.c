/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any frame through every parser of tools/aoe. What a parser gives out lies within the frame, and
 * what is made of it again reads as the same.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tools/aoe/aoe.h"
#include "tools/aoe/identify.h"

enum { ROOM = AOE_MASK_DATA + 8 * AOE_LIST_MAX };

static void header(const uint8_t *frame, size_t length)
{
	struct aoe_header parsed;
	uint8_t made[AOE_HEADER_SIZE];

	if (aoe_header_parse(frame, length, &parsed))
		return;
	ALWAYS(length >= AOE_HEADER_SIZE);
	aoe_header_make(made, &parsed);
	ALWAYS(!memcmp(made, frame, sizeof(made)));
}

static void ata(const uint8_t *frame, size_t length)
{
	struct aoe_ata parsed, again;
	uint8_t made[AOE_ATA_DATA] = {0};

	if (aoe_ata_parse(frame, length, &parsed))
		return;
	ALWAYS(parsed.lba >> 48 == 0);
	ALWAYS(aoe_ata_start(&parsed) <= parsed.lba);
	ALWAYS(aoe_ata_make(made, &parsed) == AOE_ATA_DATA);
	/* All but the two reserved bytes, which are sent as 0. */
	ALWAYS(!memcmp(made + AOE_HEADER_SIZE, frame + AOE_HEADER_SIZE,
	               AOE_ATA_DATA - 2 - AOE_HEADER_SIZE));
	ALWAYS(!aoe_ata_parse(made, sizeof(made), &again));
	ALWAYS(again.lba == parsed.lba);
}

static void config(const uint8_t *frame, size_t length)
{
	struct aoe_config parsed;
	uint8_t made[AOE_CONFIG_DATA + AOE_CONFIG_MAX];
	size_t size;

	if (aoe_config_parse(frame, length, &parsed))
		return;
	ALWAYS(parsed.string_length <= AOE_CONFIG_MAX);
	ALWAYS(parsed.string == frame + AOE_CONFIG_DATA);
	ALWAYS(parsed.string_length <= length - AOE_CONFIG_DATA);
	size = aoe_config_make(made, &parsed);
	ALWAYS(size == AOE_CONFIG_DATA + parsed.string_length);
	ALWAYS(!memcmp(made + AOE_HEADER_SIZE, frame + AOE_HEADER_SIZE, size - AOE_HEADER_SIZE));
}

static void mask(const uint8_t *frame, size_t length)
{
	struct mac macs[AOE_LIST_MAX];
	uint8_t made[ROOM] = {0}, directive;
	struct aoe_mask parsed, again;
	size_t size;

	if (aoe_mask_parse(frame, length, &parsed))
		return;
	for (unsigned i = 0; i < parsed.count; i++)
		aoe_mask_directive(frame, (uint8_t)i, &directive, &macs[i]);
	size = aoe_mask_make(made, &parsed, macs);
	ALWAYS(size <= length);
	ALWAYS(!aoe_mask_parse(made, size, &again) && again.count == parsed.count);
	ALWAYS(aoe_mask_parse(made, size - 1, &again));
	for (unsigned i = 0; i < parsed.count; i++) {
		struct mac mac;

		aoe_mask_directive(made, (uint8_t)i, &directive, &mac);
		ALWAYS(directive == AOE_MASK_NOTHING && mac_equal(mac, macs[i]));
	}
}

static void reserve(const uint8_t *frame, size_t length)
{
	struct mac macs[AOE_LIST_MAX];
	uint8_t made[ROOM];
	struct aoe_reserve parsed;
	size_t size;

	if (aoe_reserve_parse(frame, length, &parsed))
		return;
	for (unsigned i = 0; i < parsed.count; i++)
		macs[i] = aoe_reserve_mac(frame, (uint8_t)i);
	size = aoe_reserve_make(made, &parsed, macs);
	ALWAYS(size <= length);
	ALWAYS(!memcmp(made + AOE_HEADER_SIZE, frame + AOE_HEADER_SIZE, size - AOE_HEADER_SIZE));
}

static void check_text(const char *text, size_t most)
{
	size_t length = strlen(text);

	ALWAYS(length <= most);
	ALWAYS(!length || (text[0] != ' ' && text[length - 1] != ' '));
}

static void identify(const uint8_t *page)
{
	struct identify parsed, again;
	uint8_t made[IDENTIFY_SIZE], sum = 0;

	identify_parse(page, &parsed);
	check_text(parsed.serial, IDENTIFY_SERIAL);
	check_text(parsed.firmware, IDENTIFY_FIRMWARE);
	check_text(parsed.model, IDENTIFY_MODEL);
	parsed.sectors &= 0xffffffffffff;
	identify_make(&parsed, made);
	for (size_t i = 0; i < sizeof(made); i++)
		sum = (uint8_t)(sum + made[i]);
	ALWAYS(!sum);
	identify_parse(made, &again);
	ALWAYS(again.sectors == parsed.sectors);
	ALWAYS(!strcmp(again.serial, parsed.serial) && !strcmp(again.model, parsed.model) &&
	       !strcmp(again.firmware, parsed.firmware));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	header(data, size);
	ata(data, size);
	config(data, size);
	mask(data, size);
	reserve(data, size);
	if (size >= AOE_ATA_DATA + IDENTIFY_SIZE)
		identify(data + size - IDENTIFY_SIZE);
	return 0;
}
