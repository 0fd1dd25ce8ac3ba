/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/aoe/address.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

const struct mac mac_broadcast = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

/* A decimal number of at most high. Too long to be a number that fits is a matter of range. */
static int number(const char **text, unsigned int high, unsigned int *value)
{
	const char *p = *text;
	unsigned int n = 0;
	bool fits = true;

	if (!isdigit((unsigned char)*p))
		return -EINVAL;
	for (; isdigit((unsigned char)*p); p++) {
		n = fits ? n * 10 + (unsigned int)(*p - '0') : n;
		fits = fits && n <= high;
	}
	*text = p;
	*value = n;
	return fits ? 0 : -ERANGE;
}

static int finish(const char *stopped, const char **end)
{
	if (!end)
		return *stopped ? -EINVAL : 0;
	*end = stopped;
	return 0;
}

int aoe_address_parse(const char *text, const char **end, struct aoe_address *address)
{
	unsigned int shelf, slot;
	int shelf_error, slot_error;

	text += *text == 'e';
	shelf_error = number(&text, AOE_SHELF_MAX, &shelf);
	if (shelf_error == -EINVAL || *text++ != '.')
		return -EINVAL;
	slot_error = number(&text, AOE_SLOT_MAX, &slot);
	if (slot_error == -EINVAL || finish(text, end))
		return -EINVAL;
	if (shelf_error || slot_error)
		return -ERANGE;
	*address = (struct aoe_address){(uint16_t)shelf, (uint8_t)slot};
	return 0;
}

char *aoe_address_format(struct aoe_address address, char *text)
{
	snprintf(text, AOE_ADDRESS_TEXT, "e%u.%u", address.shelf, address.slot);
	return text;
}

int aoe_address_compare(struct aoe_address a, struct aoe_address b)
{
	return a.shelf != b.shelf ? a.shelf - b.shelf : a.slot - b.slot;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
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
	const uint8_t *o = mac.octet;

	snprintf(text, MAC_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", o[0], o[1], o[2], o[3], o[4],
	         o[5]);
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
