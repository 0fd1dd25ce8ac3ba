/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/upper.h"

#include <errno.h>
#include <string.h>

#include "tools/base/text.h"

/* What is being read: `at` moves through `value`. */
struct reader {
	const char *value, *at;
	struct parse_error *error;
};

static int wrong(const struct reader *reader, const char *problem)
{
	*reader->error = (struct parse_error){(size_t)(reader->at - reader->value), problem};
	return -EINVAL;
}

static bool is_of(char c, const char *others)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c && strchr(others, c));
}

/* A name that can stand in a path and in the files of the OS, though the kernel takes more. */
static int read_name(struct reader *reader, char name[NIC_NAME], const char *expected)
{
	size_t length = 0;

	while (is_of(reader->at[length], "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_."))
		length++;
	if (!length || length >= NIC_NAME || *reader->at == '.')
		return wrong(reader, expected);
	memcpy(name, reader->at, length);
	name[length] = '\0';
	reader->at += length;
	return 0;
}

static int read_colon(struct reader *reader, const char *expected)
{
	if (*reader->at != ':')
		return wrong(reader, expected);
	reader->at++;
	return 0;
}

static int read_lower(struct reader *reader, struct upper *upper)
{
	struct lower *lower = &upper->lower[upper->lower_count];
	const char *end;

	if (upper->lower_count == UPPER_LOWERS)
		return wrong(reader, "too many interfaces");
	upper->lower_count++;
	if (mac_parse(reader->at, &end, &lower->mac) || (*end && !strchr(",:", *end)))
		return read_name(reader, lower->name, "expected an interface's name or MAC");
	reader->at = end;
	return 0;
}

/* The ID stands behind "vlan", or behind the last point: ifup.sh of dracut. */
static int read_id(struct reader *reader, struct upper *upper)
{
	const char *point = strrchr(upper->name, '.'), *at;
	uint64_t id = 0;

	at = text_begins(upper->name, "vlan") ? upper->name + 4 : point ? point + 1 : "";
	/* 4095 is reserved, 0 is no VLAN (IEEE 802.1Q, 9.6). */
	if (text_read_number(&at, 4094, &id) || *at || !id) {
		reader->at = reader->value;
		return wrong(reader, "expected a name with an ID of 1 to 4094: vlan5 or eth0.5");
	}
	upper->vlan = (unsigned)id;
	return 0;
}

int upper_parse_vlan(const char *value, struct upper *upper, struct parse_error *error)
{
	struct reader reader = {value, value, error};
	int rc;

	*upper = (struct upper){.options = ""};
	rc = read_name(&reader, upper->name, "expected a name, as in vlan5:eth0");
	if (!rc)
		rc = read_colon(&reader, "expected ':' and the interface below");
	if (!rc)
		rc = read_lower(&reader, upper);
	if (!rc && *reader.at)
		rc = wrong(&reader, "expected nothing more");
	return rc ? rc : read_id(&reader, upper);
}

/* NAME=VALUE,...; which there are, and what they may be, is the bonding driver's to know. */
static int check_options(struct reader *reader)
{
	for (;; reader->at++) {
		const char *start = reader->at;

		while (is_of(*reader->at, "_"))
			reader->at++;
		if (reader->at == start || *reader->at != '=')
			return wrong(reader, "expected an option, as in mode=active-backup");
		reader->at += strcspn(reader->at, ",:");
		if (*reader->at != ',')
			break;
	}
	return *reader->at ? wrong(reader, "expected nothing more; rd.mtu= has the MTU") : 0;
}

int upper_parse_bond(const char *value, struct upper *upper, struct parse_error *error)
{
	struct reader reader = {value, value, error};
	int rc;

	*upper = (struct upper){.options = ""};
	rc = read_name(&reader, upper->name, "expected a name, as in bond0:eth0,eth1");
	if (!rc)
		rc = read_colon(&reader, "expected ':' and interfaces");
	while (!rc && !(rc = read_lower(&reader, upper)) && *reader.at == ',')
		reader.at++;
	if (rc || !*reader.at)
		return rc;
	rc = read_colon(&reader, "expected ',' and an interface, or ':' and options");
	upper->options = reader.at;
	return rc ? rc : check_options(&reader);
}

bool upper_stands_on(const struct upper *upper, const char *name, const struct mac *mac)
{
	for (unsigned i = 0; i < upper->lower_count; i++) {
		const struct lower *lower = &upper->lower[i];

		if (*lower->name ? !strcmp(lower->name, name) : mac && mac_equal(lower->mac, *mac))
			return true;
	}
	return false;
}
