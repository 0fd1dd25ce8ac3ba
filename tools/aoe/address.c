/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/aoe/address.h"

#include <errno.h>
#include <string.h>

#include "tools/base/text.h"

const struct mac mac_broadcast = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

static int finish(const char *stopped, const char **end)
{
	if (!end)
		return *stopped ? -EINVAL : 0;
	*end = stopped;
	return 0;
}

int aoe_address_read(const char **at, struct aoe_address *address, enum aoe_address_part *part)
{
	uint64_t shelf, slot;
	int rc;

	*part = AOE_SHELF;
	rc = text_read_number(at, AOE_SHELF_MAX, &shelf);
	if (rc)
		return rc;
	*part = AOE_POINT;
	if (**at != '.')
		return -EINVAL;
	++*at;
	*part = AOE_SLOT;
	rc = text_read_number(at, AOE_SLOT_MAX, &slot);
	if (!rc)
		*address = (struct aoe_address){(uint16_t)shelf, (uint8_t)slot};
	return rc;
}

/* The form comes first: what is no address is not told that a number in it is too high. */
int aoe_address_parse(const char *text, const char **end, struct aoe_address *address)
{
	static const char digits[] = "0123456789";
	enum aoe_address_part part;
	size_t shelf, slot;

	text += *text == 'e';
	shelf = strspn(text, digits);
	slot = text[shelf] == '.' ? strspn(text + shelf + 1, digits) : 0;
	if (!shelf || !slot || finish(text + shelf + 1 + slot, end))
		return -EINVAL;
	return aoe_address_read(&text, address, &part);
}

char *aoe_address_format(struct aoe_address address, char *text)
{
	char shelf[TEXT_NUMBER], slot[TEXT_NUMBER];

	return text_join(text, AOE_ADDRESS_TEXT, "e", text_decimal(shelf, address.shelf), ".",
	                 text_decimal(slot, address.slot), NULL);
}

int aoe_address_compare(struct aoe_address a, struct aoe_address b)
{
	return a.shelf != b.shelf ? a.shelf - b.shelf : a.slot - b.slot;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int mac_parse(const char *text, const char **end, struct mac *mac)
{
	struct mac result;
	char separator = 0;

	for (size_t i = 0; i < sizeof(result.octet); i++) {
		int high, low;

		if (i == 1)
			separator = *text == ':' || *text == '-' ? *text : 0;
		if (i && separator && *text++ != separator)
			return -EINVAL;
		high = digit(text[0]);
		low = high < 0 ? -1 : digit(text[1]);
		if (low < 0)
			return -EINVAL;
		result.octet[i] = (uint8_t)(high << 4 | low);
		text += 2;
	}
	if (finish(text, end))
		return -EINVAL;
	*mac = result;
	return 0;
}

char *mac_format(struct mac mac, char *text)
{
	char digits[TEXT_NUMBER];
	struct text written;

	text_begin(&written, text, MAC_TEXT);
	for (size_t i = 0; i < sizeof(mac.octet); i++) {
		text_add(&written, i ? ":" : "");
		text_add(&written, text_hex(digits, mac.octet[i], 2));
	}
	return text;
}

bool mac_equal(struct mac a, struct mac b)
{
	return !memcmp(&a, &b, sizeof(a));
}

bool mac_is_group(struct mac mac)
{
	return mac.octet[0] & 1;
}

bool mac_is_local(struct mac mac)
{
	return mac.octet[0] & 0x02;
}
