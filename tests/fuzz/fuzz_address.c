/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses as text: shelf.slot, MAC, root=. What was read and is written reads the same again;
 * nothing behind it is taken in silence; a mistake is told within the text.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "init/address.h"
#include "tests/fuzz/fuzz.h"

static void check_aoe(const char *text)
{
	struct aoe_address address, again;
	char written[AOE_ADDRESS_TEXT];
	const char *end = NULL;
	int rc = aoe_address_parse(text, &end, &address);
	int whole = aoe_address_parse(text, NULL, &again);

	ALWAYS(rc == 0 || rc == -EINVAL || rc == -ERANGE);
	ALWAYS(rc || (whole == 0) == !*end);
	ALWAYS(!rc || whole);
	if (rc)
		return;
	ALWAYS(end > text && end <= text + strlen(text));
	ALWAYS(address.shelf <= AOE_SHELF_MAX && address.slot <= AOE_SLOT_MAX);
	aoe_address_format(address, written);
	ALWAYS(!aoe_address_parse(written, NULL, &again));
	ALWAYS(!aoe_address_compare(address, again));
}

static void check_mac(const char *text)
{
	char written[MAC_TEXT];
	struct mac mac, again;
	const char *end = NULL;
	int rc = mac_parse(text, &end, &mac);
	int whole = mac_parse(text, NULL, &again);

	ALWAYS(rc == 0 || rc == -EINVAL);
	ALWAYS(rc ? whole : (whole == 0) == !*end);
	if (rc)
		return;
	ALWAYS(end - text == 12 || end - text == 17);
	mac_format(mac, written);
	ALWAYS(strlen(written) == 17 && !mac_parse(written, NULL, &again));
	ALWAYS(mac_equal(mac, again));
}

static void check_root(const char *text)
{
	char name[DISK_NAME], written[DISK_NAME + 4];
	struct root_address root, again;
	struct parse_error error = {0};

	if (root_parse(text, &root, &error)) {
		ALWAYS(error.position <= strlen(text) && error.problem);
		return;
	}
	ALWAYS(root.text == text);
	if (root.kind == ROOT_ABFT)
		return;
	if (root.kind != ROOT_AOE) {
		ALWAYS(*root.value && root.value > text && root.value < text + strlen(text));
		return;
	}
	ALWAYS(root.partition <= PARTITION_MOST);
	memcpy(written, "aoe:", 4);
	strcpy(written + 4, disk_name(name, &root, root.partition));
	ALWAYS(!root_parse(written, &again, &error));
	ALWAYS(again.kind == ROOT_AOE && again.partition == root.partition);
	ALWAYS(!aoe_address_compare(again.address, root.address));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	char *text = take_string(&input);

	check_aoe(text);
	check_mac(text);
	check_root(text);
	free(text);
	return 0;
}
