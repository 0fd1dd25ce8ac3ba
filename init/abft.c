/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/abft.h"

#include <errno.h>
#include <string.h>

#include "tools/base/bytes.h"
#include "tools/base/text.h"

static bool is_one(const uint8_t *bytes, size_t length)
{
	static const char signature[] = {'a', 'B', 'F', 'T'};

	return length >= sizeof(signature) && !memcmp(bytes, signature, sizeof(signature));
}

static int wrong(const char **problem, const char *text)
{
	*problem = text;
	return -EINVAL;
}

int abft_parse(const uint8_t *bytes, size_t length, struct abft *abft, const char **problem)
{
	/* ACPI specification, 5.2.6: the length; and what iPXE puts behind the header. */
	enum { LENGTH = 4, SHELF = 36, SLOT = 38, CARD = 40 };
	static const struct mac none;
	uint8_t sum = 0;
	size_t size;

	if (!is_one(bytes, length))
		return -ENOENT;
	size = length < ABFT_LEAST ? 0 : le32(bytes + LENGTH);
	if (size < ABFT_LEAST || size > length || size > ABFT_MOST)
		return wrong(problem, "its length is wrong");
	for (size_t i = 0; i < size; i++)
		sum = (uint8_t)(sum + bytes[i]);
	if (sum)
		return wrong(problem, "its checksum is wrong");
	abft->address.shelf = le16(bytes + SHELF);
	abft->address.slot = bytes[SLOT];
	memcpy(&abft->mac, bytes + CARD, sizeof(abft->mac));
	if (abft->address.shelf > AOE_SHELF_MAX || abft->address.slot > AOE_SLOT_MAX)
		return wrong(problem, "it names no shelf and slot");
	if (mac_is_group(abft->mac) || mac_equal(abft->mac, none))
		return wrong(problem, "it names no network card");
	return 0;
}

static bool is_same(const struct abft *a, const struct abft *b)
{
	return !aoe_address_compare(a->address, b->address) && mac_equal(a->mac, b->mac);
}

void abft_note(struct abft_findings *findings, const char *place, const uint8_t *bytes,
               size_t length)
{
	const char *problem;
	struct abft abft;
	int rc = abft_parse(bytes, length, &abft, &problem);

	if (rc == -EINVAL) {
		findings->problem = problem;
		text_join(findings->damaged, ABFT_PLACE, place, NULL);
	} else if (!rc && !*findings->place) {
		findings->abft = abft;
		text_join(findings->place, ABFT_PLACE, place, NULL);
	} else if (!rc && !is_same(&abft, &findings->abft)) {
		text_join(findings->other, ABFT_PLACE, place, NULL);
	}
}

void abft_scan(struct abft_findings *findings, const uint8_t *memory, size_t length, uint64_t start)
{
	char place[ABFT_PLACE], digits[TEXT_NUMBER];

	for (size_t at = 0; at < length; at += ABFT_STEP) {
		if (!is_one(memory + at, length - at))
			continue;
		text_join(place, sizeof(place), "memory at 0x", text_hex(digits, start + at, 1),
		          NULL);
		abft_note(findings, place, memory + at, length - at);
	}
}
