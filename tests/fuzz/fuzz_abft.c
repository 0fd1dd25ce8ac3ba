/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory, with tables in it or what looks like them: what is taken names an export and a card, and
 * was found on a boundary within it.
 */
#include <stdlib.h>
#include <string.h>

#include "init/abft.h"
#include "tests/fuzz/fuzz.h"

enum { START = 0x80000, MEMORY = 1024 };

static void check_place(const char *place, size_t length)
{
	static const char before[] = "memory at 0x";
	unsigned long at;

	ALWAYS(memchr(place, '\0', ABFT_PLACE));
	if (!*place)
		return;
	ALWAYS(!strncmp(place, before, sizeof(before) - 1));
	at = strtoul(place + sizeof(before) - 1, NULL, 16);
	ALWAYS(at >= START && at - START < length && at % ABFT_STEP == 0);
}

/* Has every table, up to the limit, the sum that it should have: that need not be guessed. */
static void fix_sums(uint8_t *memory, size_t length)
{
	for (size_t at = 0; at + ABFT_LEAST <= length; at += ABFT_STEP) {
		size_t size = memory[at + 4];
		uint8_t sum = 0;

		if (memcmp(memory + at, "aBFT", 4) != 0 || size > length - at || size < ABFT_LEAST)
			continue;
		for (size_t i = 0; i < size; i++)
			sum = (uint8_t)(sum + memory[at + i]);
		memory[at + 9] = (uint8_t)(memory[at + 9] - sum);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	bool fix = take_byte(&input) & 1;
	struct abft_findings findings = {0};
	size_t length;
	uint8_t *memory = take_bytes(&input, MEMORY, &length);

	if (fix)
		fix_sums(memory, length);
	abft_scan(&findings, memory, length, START);
	check_place(findings.place, length);
	check_place(findings.other, length);
	check_place(findings.damaged, length);
	ALWAYS(!*findings.damaged || findings.problem);
	ALWAYS(!*findings.other || *findings.place);
	if (*findings.place) {
		ALWAYS(findings.abft.address.shelf <= AOE_SHELF_MAX);
		ALWAYS(findings.abft.address.slot <= AOE_SLOT_MAX);
		ALWAYS(!mac_is_group(findings.abft.mac));
	}
	free(memory);
	return 0;
}
