/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/address.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "tools/base/text.h"

static int wrong(struct parse_error *error, const char *text, const char *at, const char *problem)
{
	*error = (struct parse_error){.position = (size_t)(at - text), .problem = problem};
	return -EINVAL;
}

/* e<shelf>.<slot>[p<N>], at the end of text. */
static int parse_aoe(const char *text, const char *at, struct root_address *root,
                     struct parse_error *error)
{
	static const char *const expected[] = {
	        [AOE_SHELF] = "expected a shelf, 0 to 65534",
	        [AOE_POINT] = "expected '.' and a slot behind the shelf",
	        [AOE_SLOT] = "expected a slot, 0 to 254",
	};
	enum aoe_address_part part;
	uint64_t partition = 0;

	if (*at++ != 'e')
		return wrong(error, text, at - 1, "expected e<shelf>.<slot>, as in e0.0");
	if (aoe_address_read(&at, &root->address, &part))
		return wrong(error, text, at, expected[part]);
	if (*at == 'p') {
		at++;
		if (text_read_number(&at, PARTITION_MOST, &partition) || !partition)
			return wrong(error, text, at - (partition == 0 && at[-1] == '0'),
			             "expected a partition, 1 to 255");
	}
	if (*at)
		return wrong(error, text, at, "expected nothing more, or p<partition>");
	root->kind = ROOT_AOE;
	root->partition = (unsigned)partition;
	return 0;
}

/* The UUID of a partition, or that of another one of the same disk: block/early-lookup.c. */
static int parse_partuuid(const char *text, struct root_address *root, struct parse_error *error)
{
	static const char beyond[] = "/PARTNROFF=";
	const char *at = strchr(root->value, '/'), *digit;
	uint64_t number = 0;

	if (!at)
		return 0;
	if (at == root->value)
		return wrong(error, text, at, "expected a UUID");
	if (!text_begins(at, beyond))
		return wrong(error, text, at, "expected nothing more, or /PARTNROFF=");
	at += sizeof(beyond) - 1;
	digit = at + (*at == '-');
	if (text_read_number(&digit, PARTITION_MOST, &number) || *digit)
		return wrong(error, text, digit, "expected a number of partitions, -255 to 255");
	root->beyond = *at == '-' ? -(int)number : (int)number;
	return 0;
}

static int parse_value(const char *text, const char *at, enum root_kind kind,
                       struct root_address *root, struct parse_error *error)
{
	if (kind == ROOT_ABFT ? *at : !*at)
		return wrong(error, text, at,
		             *at ? "expected nothing more" : "expected a value behind it");
	root->kind = kind;
	root->value = at;
	return kind == ROOT_PARTUUID ? parse_partuuid(text, root, error) : 0;
}

const char root_expected[] = "expected aoe:eX.Y, /dev/etherd/eX.Y, UUID=, LABEL=, PARTUUID=, "
                             "PARTLABEL= or abft";

int root_parse(const char *text, struct root_address *root, struct parse_error *error)
{
	static const struct {
		const char *prefix;
		enum root_kind kind;
	} forms[] = {
	        {"aoe:", ROOT_AOE},
	        {"/dev/etherd/", ROOT_AOE},
	        {"UUID=", ROOT_UUID},
	        {"/dev/disk/by-uuid/", ROOT_UUID},
	        {"LABEL=", ROOT_LABEL},
	        {"/dev/disk/by-label/", ROOT_LABEL},
	        {"PARTUUID=", ROOT_PARTUUID},
	        {"/dev/disk/by-partuuid/", ROOT_PARTUUID},
	        {"PARTLABEL=", ROOT_PARTLABEL},
	        {"/dev/disk/by-partlabel/", ROOT_PARTLABEL},
	        {"/dev/", ROOT_DEVICE},
	        {"abft", ROOT_ABFT},
	};

	*root = (struct root_address){.text = text};
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		const char *rest = text + strlen(forms[i].prefix);

		if (!text_begins(text, forms[i].prefix))
			continue;
		if (forms[i].kind == ROOT_AOE)
			return parse_aoe(text, rest, root, error);
		return parse_value(text, rest, forms[i].kind, root, error);
	}
	return wrong(error, text, text, root_expected);
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
	                              : -1;
}

/* The byte at *at, which udev may have written as "\xNN" (blkid_encode_string); moves *at on. */
static char encoded_byte(const char **at)
{
	const char *c = *at;
	int high = c[0] == '\\' && c[1] == 'x' ? hex_digit(c[2]) : -1;
	int low = high >= 0 ? hex_digit(c[3]) : -1;

	*at += low >= 0 ? 4 : 1;
	return low >= 0 ? (char)(high << 4 | low) : *c;
}

bool root_is_named(const struct root_address *root)
{
	return root->kind >= ROOT_UUID && root->kind <= ROOT_PARTLABEL;
}

bool root_needs_table(const struct root_address *root)
{
	return root->kind == ROOT_PARTUUID || root->kind == ROOT_PARTLABEL || root->any_partition;
}

bool root_is_uuid(const struct root_address *root, const char *uuid)
{
	size_t length = strcspn(root->value, "/"); /* in front of PARTNROFF= */

	return length && strlen(uuid) == length && !strncasecmp(uuid, root->value, length);
}

bool root_is_label(const struct root_address *root, const char *label)
{
	const char *wanted = root->value;

	if (!strcmp(wanted, label))
		return true;
	while (*wanted && *label)
		if (encoded_byte(&wanted) != *label++)
			return false;
	return !*wanted && !*label;
}

char *disk_name(char buffer[DISK_NAME], const struct root_address *root, unsigned partition)
{
	char disk[AOE_ADDRESS_TEXT], number[TEXT_NUMBER];

	return text_join(buffer, DISK_NAME, aoe_address_format(root->address, disk),
	                 partition ? "p" : "", partition ? text_decimal(number, partition) : "",
	                 NULL);
}
