/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/config/options.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cli/cli.h"
#include "tools/host/container.h"
#include "tools/serve/config/faults.h"

/* Most sectors that ATA can address, 48 bits of them. */
static const unsigned long sectors_max = (1UL << 48) - 1;

/*
 * Takes one comma-separated piece off *rest into piece, undoubling its commas. Returns false when
 * nothing is left.
 */
static bool next_piece(const char **rest, char *piece)
{
	const char *p = *rest;

	if (!p)
		return false;
	for (; *p && (*p != ',' || p[1] == ','); p++) {
		p += *p == ',';
		*piece++ = *p;
	}
	*piece = '\0';
	*rest = *p ? p + 1 : NULL;
	return true;
}

int export_add_macs(struct export_options *options, const char *list, struct why *why)
{
	for (const char *p = list;; p++) {
		if (options->mac_count == EXPORT_MACS_MAX)
			return why_set(why, -EINVAL, "more than %d MAC addresses", EXPORT_MACS_MAX);
		if (mac_parse(p, &p, &options->macs[options->mac_count]) ||
		    (*p && *p != '+' && *p != ','))
			return why_set(why, -EINVAL,
			               "'%s': not a list of MAC addresses like "
			               "52:54:00:12:34:56+52:54:00:12:34:57",
			               list);
		options->mac_count++;
		if (!*p)
			return 0;
	}
}

/* Sectors in a unit; 0 for what is none. */
static uint64_t unit_sectors(char unit)
{
	static const char units[] = "KMGT";
	const char *at = unit ? strchr(units, toupper((unsigned char)unit)) : NULL;

	return at ? (uint64_t)2 << 10 * (at - units) : 0;
}

int sectors_parse(const char *text, uint64_t low, uint64_t *sectors, struct why *why)
{
	size_t length = strlen(text);
	uint64_t unit = length ? unit_sectors(text[length - 1]) : 0;
	char digits[32];
	unsigned long number;

	snprintf(digits, sizeof(digits), "%.*s", (int)(length - (unit != 0)), text);
	if (length >= sizeof(digits) || cli_number(digits, 0, sectors_max, &number) ||
	    number > sectors_max / (unit ? unit : 1) || number * (unit ? unit : 1) < low)
		return why_set(why, -EINVAL,
		               "'%.60s': not a number of sectors of 512 bytes, nor a size like "
		               "512K, 10M or 1G",
		               text);
	*sectors = number * (unit ? unit : 1);
	return 0;
}

/* One function per option; value is "" for one without. */
typedef int option_function(struct export_options *options, const char *value, struct why *why);

/* Of ro, snapshot and writer=one each says in another way who writes to the export. */
static int check_writing(const struct export_options *options, struct why *why)
{
	if (options->file.read_only && options->snapshot.on)
		return why_set(why, -EINVAL, "ro and snapshot exclude each other");
	if (options->file.read_only && options->writer)
		return why_set(why, -EINVAL, "ro and writer=one exclude each other");
	if (options->snapshot.on && options->writer)
		return why_set(why, -EINVAL,
		               "snapshot and writer=one exclude each other: each initiator writes "
		               "to a layer of its own");
	return 0;
}

static int option_ro(struct export_options *options, const char *value, struct why *why)
{
	(void)value;
	options->file.read_only = true;
	return check_writing(options, why);
}

static int option_snapshot(struct export_options *options, const char *value, struct why *why)
{
	(void)value;
	options->snapshot.on = true;
	return check_writing(options, why);
}

static int option_snapshot_dir(struct export_options *options, const char *value, struct why *why)
{
	char *folder;

	if (!*value)
		return why_set(why, -EINVAL, "an empty path");
	folder = strdup(value);
	if (!folder)
		return why_memory(why);
	free(options->snapshot.folder);
	options->snapshot.folder = folder;
	return option_snapshot(options, "", why);
}

static int option_snapshot_size(struct export_options *options, const char *value, struct why *why)
{
	int rc = sectors_parse(value, SNAPSHOT_SECTORS_MIN, &options->snapshot.sectors, why);

	return rc ? rc : option_snapshot(options, "", why);
}

static int option_snapshot_layers(struct export_options *options, const char *value,
                                  struct why *why)
{
	unsigned long number;

	if (cli_number(value, 1, SNAPSHOT_LAYERS_MAX, &number))
		return why_set(why, -EINVAL, "'%.60s': not a number from 1 to %d", value,
		               SNAPSHOT_LAYERS_MAX);
	options->snapshot.layers = (unsigned int)number;
	return option_snapshot(options, "", why);
}

static int option_direct(struct export_options *options, const char *value, struct why *why)
{
	(void)value;
	(void)why;
	options->file.direct = true;
	return 0;
}

static int option_cache(struct export_options *options, const char *value, struct why *why)
{
	if (strcmp(value, "writeback") != 0)
		return why_set(why, -EINVAL, "'%s': only cache=writeback is known", value);
	options->writeback = true;
	return 0;
}

static int option_lock(struct export_options *options, const char *value, struct why *why)
{
	if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
		return why_set(why, -EINVAL, "'%s': lock is yes or no", value);
	options->file.lock = *value == 'y';
	return 0;
}

static int option_writer(struct export_options *options, const char *value, struct why *why)
{
	unsigned long seconds = WRITER_SECONDS;
	bool one = !strncmp(value, "one", 3) && (!value[3] || value[3] == ':');

	if (!one || (value[3] && cli_number(value + 4, 1, WRITER_SECONDS_MAX, &seconds)))
		return why_set(why, -EINVAL, "'%.60s': writer is one, or one:SECONDS from 1 to %d",
		               value, WRITER_SECONDS_MAX);
	options->writer = (unsigned int)seconds;
	return check_writing(options, why);
}

static int option_config(struct export_options *options, const char *value, struct why *why)
{
	size_t length = strlen(value);

	if (length > AOE_CONFIG_MAX)
		return why_set(why, -EINVAL, "longer than %d bytes", AOE_CONFIG_MAX);
	memcpy(options->config, value, length);
	options->config_length = length;
	return 0;
}

static int option_vmac(struct export_options *options, const char *value, struct why *why)
{
	if (mac_parse(value, NULL, &options->vmac))
		return why_set(why, -EINVAL, "'%.60s': not a MAC address like 02:00:00:00:00:01",
		               value);
	if (mac_is_group(options->vmac))
		return why_set(why, -EINVAL,
		               "'%s': a multicast address, which no host answers from: its first "
		               "byte must be even, like 02:00:00:00:00:01",
		               value);
	if (!mac_is_local(options->vmac))
		return why_set(why, -EINVAL,
		               "'%s': not a locally administered address, and so perhaps that of "
		               "a card: let it begin with 02, 06, 0a or 0e",
		               value);
	options->has_vmac = true;
	return 0;
}

static int option_duplicate(struct export_options *options, const char *value, struct why *why)
{
	if (strcmp(value, "allow") != 0 && strcmp(value, "refuse") != 0)
		return why_set(why, -EINVAL, "'%.60s': duplicate is allow or refuse", value);
	options->duplicate = *value == 'a';
	return 0;
}

static int option_fault(struct export_options *options, const char *value, struct why *why)
{
	return faults_parse(value, &options->faults, why);
}

static int option_offset(struct export_options *options, const char *value, struct why *why)
{
	return sectors_parse(value, 0, &options->file.offset, why);
}

static int option_length(struct export_options *options, const char *value, struct why *why)
{
	return sectors_parse(value, 1, &options->file.length, why);
}

static int option_format(struct export_options *options, const char *value, struct why *why)
{
	if (strcmp(value, "raw") != 0)
		return why_set(why, -EINVAL,
		               "'%s': only format=raw is known: convert it: " CONTAINER_CONVERT,
		               value);
	options->file.raw = true;
	return 0;
}

static int option_lan_admin(struct export_options *options, const char *value, struct why *why)
{
	(void)options;
	if (!strcmp(value, "no"))
		return 0;
	return why_set(why, -EINVAL,
	               "not supported yet: who may use an export is set here, with mac=");
}

static const struct {
	const char *name;
	bool has_value;
	option_function *set;
} options_known[] = {
        {"ro", false, option_ro},
        {"direct", false, option_direct},
        {"cache", true, option_cache},
        {"lock", true, option_lock},
        {"writer", true, option_writer},
        {"config", true, option_config},
        {"mac", true, export_add_macs},
        {"vmac", true, option_vmac},
        {"duplicate", true, option_duplicate},
        {"fault", true, option_fault},
        {"offset", true, option_offset},
        {"length", true, option_length},
        {"format", true, option_format},
        {"lan-admin", true, option_lan_admin},
        {"snapshot", false, option_snapshot},
        {"snapshot-dir", true, option_snapshot_dir},
        {"snapshot-size", true, option_snapshot_size},
        {"snapshot-layers", true, option_snapshot_layers},
};

int export_set_option(struct export_options *options, const char *piece, struct why *why)
{
	size_t length = strcspn(piece, "=");
	bool has_value = piece[length] == '=';
	struct why what;

	for (size_t i = 0; i < sizeof(options_known) / sizeof(options_known[0]); i++) {
		const char *name = options_known[i].name;

		if (strlen(name) != length || memcmp(name, piece, length) != 0)
			continue;
		if (has_value != options_known[i].has_value)
			return why_set(why, -EINVAL, "option '%s': %s", name,
			               has_value ? "takes no value" : "needs a value");
		if (!options_known[i].set(options, piece + length + has_value, &what))
			return 0;
		return why_set(why, -EINVAL, "option '%s': %s", name, what.text);
	}
	return why_set(why, -EINVAL,
	               "option '%.60s': unknown: there are ro, direct, cache=writeback, lock=no, "
	               "writer=one[:SECONDS], config=TEXT, mac=MAC[+MAC...], vmac=MAC, "
	               "duplicate=allow, offset=SIZE, length=SIZE, format=raw, "
	               "fault=FAULT[+FAULT...], snapshot, snapshot-dir=DIR, snapshot-size=SIZE and "
	               "snapshot-layers=COUNT",
	               piece);
}

static int parse(const char *text, char *piece, struct export_options *options, struct why *why)
{
	int rc = aoe_address_parse(text, &text, &options->address);

	if (rc == -ERANGE)
		return why_set(why, -EINVAL, "shelves go from 0 to %d, slots from 0 to %d",
		               AOE_SHELF_MAX, AOE_SLOT_MAX);
	if (rc || *text++ != '=')
		return why_set(why, -EINVAL,
		               "an export is SHELF.SLOT=PATH[,option...], like 0.0=/srv/disk.img");
	next_piece(&text, piece);
	if (!*piece)
		return why_set(why, -EINVAL, "the path is missing");
	options->file.path = strdup(piece);
	if (!options->file.path)
		return why_memory(why);
	while (!rc && next_piece(&text, piece))
		rc = export_set_option(options, piece, why);
	return rc;
}

struct export_options export_options_default(void)
{
	return (struct export_options){
	        .file.lock = true,
	        .snapshot = {.sectors = SNAPSHOT_SECTORS, .layers = SNAPSHOT_LAYERS},
	};
}

int export_parse(const char *text, struct export_options *options, struct why *why)
{
	char *piece = malloc(strlen(text) + 1);
	int rc = -ENOMEM;

	*options = export_options_default();
	if (piece)
		rc = parse(text, piece, options, why);
	if (rc)
		export_options_release(options);
	free(piece);
	return rc;
}

void export_options_release(struct export_options *options)
{
	free(options->file.path);
	free(options->snapshot.folder);
	options->file.path = options->snapshot.folder = NULL;
}

int export_options_copy(struct export_options *copy, const struct export_options *options)
{
	const char *folder = options->snapshot.folder;

	*copy = *options;
	copy->file.path = strdup(options->file.path);
	copy->snapshot.folder = folder ? strdup(folder) : NULL;
	if (copy->file.path && (copy->snapshot.folder || !folder))
		return 0;
	export_options_release(copy);
	return -ENOMEM;
}
