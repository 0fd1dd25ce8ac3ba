/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/pair/pairing.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/hostname.h"
#include "tools/cli/cli.h"

static const char *const clusters[] = {
        [PAIRING_PACEMAKER] = "pacemaker", [PAIRING_KEEPALIVED] = "keepalived"};

struct reading {
	struct pairing *pairing;
	bool cluster, interface, link, fence_delay;
};

/* Of an export that was given none: 02:ae:00:SHELF:SHELF:SLOT. */
static struct mac make_vmac(struct aoe_address address)
{
	return (struct mac){{0x02, 0xae, 0x00, (uint8_t)(address.shelf >> 8),
	                     (uint8_t)address.shelf, address.slot}};
}

const struct pairing_export *pairing_find(const struct pairing *pairing, struct aoe_address address)
{
	for (size_t i = 0; i < pairing->export_count; i++)
		if (!aoe_address_compare(pairing->exports[i].address, address))
			return &pairing->exports[i];
	return NULL;
}

int pairing_server_index(const struct pairing *pairing, const char *name)
{
	for (size_t i = 0; i < pairing->server_count; i++)
		if (!strcmp(pairing->servers[i].name, name))
			return (int)i;
	return -1;
}

static int once(struct words *words, bool *seen)
{
	if (*seen)
		return why_set(words->why, -EINVAL, "a second %s: it is said once",
		               words->directive);
	*seen = true;
	return 0;
}

static char *copy(const char *text, struct why *why)
{
	char *made = strdup(text);

	if (!made)
		why_memory(why);
	return made;
}

static int read_number(struct words *words, const char *value, unsigned long low,
                       unsigned long high, unsigned long *number)
{
	if (!cli_number(value, low, high, number))
		return 0;
	return why_set(words->why, -EINVAL, "'%.60s': a number from %lu to %lu belongs here",
	               words->word, low, high);
}

/* ---- one function per directive ---- */

static int read_cluster(struct words *words, void *context)
{
	struct reading *reading = context;
	int rc = once(words, &reading->cluster);

	if (!rc)
		rc = words_need(words, "pacemaker or keepalived");
	if (rc)
		return rc;
	for (size_t i = 0; i < sizeof(clusters) / sizeof(clusters[0]); i++) {
		reading->pairing->cluster = (enum pairing_cluster)i;
		if (!strcmp(words->word, clusters[i]))
			return 0;
	}
	return why_set(words->why, -EINVAL, "'%.60s': it is pacemaker or keepalived", words->word);
}

/* The name gets into configuration files of others, and is a word there. */
static int read_server_name(struct words *words, struct pairing *pairing,
                            struct pairing_server *server)
{
	int rc = words_need(words, "the server's name");

	if (rc)
		return rc;
	if (strlen(words->word) > PAIRING_NAME || !hostname_is_valid(words->word))
		return why_set(words->why, -EINVAL,
		               "'%.60s': not the name of a server, as 'uname -n' says it there",
		               words->word);
	if (pairing_server_index(pairing, words->word) >= 0)
		return why_set(words->why, -EINVAL, "%s: the name of both servers", words->word);
	strcpy(server->name, words->word);
	return 0;
}

static int read_server_address(struct words *words, struct pairing *pairing,
                               struct pairing_server *server)
{
	struct in_addr address;
	int rc = words_need(words, "the address that the other server reaches it by");

	if (rc)
		return rc;
	if (inet_pton(AF_INET, words->word, &address) != 1 || !address.s_addr)
		return why_set(words->why, -EINVAL, "'%.60s': not an IPv4 address like 10.30.0.1",
		               words->word);
	if (pairing->server_count && !strcmp(pairing->servers[0].address, words->word))
		return why_set(words->why, -EINVAL, "%s: the address of both servers", words->word);
	strcpy(server->address, words->word);
	return 0;
}

static int read_server(struct words *words, void *context)
{
	struct pairing *pairing = ((struct reading *)context)->pairing;
	struct pairing_server *server = &pairing->servers[pairing->server_count];
	int rc;

	if (pairing->server_count == PAIRING_SERVERS)
		return why_set(words->why, -EINVAL, "a third server: a pair has two");
	rc = read_server_name(words, pairing, server);
	if (!rc)
		rc = read_server_address(words, pairing, server);
	pairing->server_count += !rc;
	return rc;
}

/* It stands in others' files, where a blank, a quote or a '*' would mean more. */
static bool is_interface(const char *name)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                            "0123456789._-";
	size_t length = strlen(name);

	return length && length < IFNAMSIZ && strspn(name, plain) == length && *name != '-';
}

static int read_interface_name(struct words *words, char name[IFNAMSIZ])
{
	int rc = words_need(words, "the name of an interface");

	if (rc)
		return rc;
	if (!is_interface(words->word))
		return why_set(words->why, -EINVAL,
		               "'%.60s': not the name of an interface: letters, digits and ._-, "
		               "at most %d",
		               words->word, IFNAMSIZ - 1);
	strcpy(name, words->word);
	return 0;
}

static int read_interface(struct words *words, void *context)
{
	struct reading *reading = context;
	int rc = once(words, &reading->interface);

	return rc ? rc : read_interface_name(words, reading->pairing->interface);
}

static int read_link(struct words *words, void *context)
{
	struct reading *reading = context;
	int rc = once(words, &reading->link);

	return rc ? rc : read_interface_name(words, reading->pairing->link);
}

/* It stands in a unit's file. systemd says more of it when the pair is set up. */
static bool is_time(const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                            "0123456789 *-:,./~+_";
	size_t length = strlen(text);

	return length && strspn(text, plain) == length;
}

static int read_resync(struct words *words, void *context)
{
	struct pairing *pairing = ((struct reading *)context)->pairing;
	bool seen = pairing->resync;
	int rc = once(words, &seen);

	if (!rc)
		rc = words_need(words, "when the other half is brought up to date");
	if (rc)
		return rc;
	if (!is_time(words->word))
		return why_set(
		        words->why, -EINVAL,
		        "'%.60s': not a time like hourly, or \"*-*-* 03:00\": systemd.time(7)",
		        words->word);
	pairing->cluster = PAIRING_NOBODY;
	pairing->resync = copy(words->word, words->why);
	return pairing->resync ? 0 : -ENOMEM;
}

/* ---- fencing ---- */

/* What a shell, XML or a path would take for more than a name. */
static bool is_name(const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                            "0123456789_-";
	size_t length = strlen(text);

	return length && strspn(text, plain) == length && *text != '-';
}

/*
 * Both words tell an agent what to do. One that was told to do anything but switch off would
 * succeed, and the server be taken for one that is off.
 */
static bool is_action(const char *name)
{
	return !strcmp(name, "action") || !strcmp(name, "option");
}

static int read_parameter(struct words *words, struct buffer *parameters)
{
	char *equals;
	int rc = words_read(words);

	if (rc)
		return rc;
	equals = strchr(words->word, '=');
	if (equals)
		*equals = '\0';
	if (!equals || !is_name(words->word))
		return why_set(words->why, -EINVAL,
		               "'%.60s': not a parameter of the fence agent, like ip=10.30.0.9",
		               words->word);
	if (is_action(words->word))
		return why_set(words->why, -EINVAL,
		               "'%s': what the agent is to do is not said here: it switches off",
		               words->word);
	*equals = '=';
	if (buffer_append(parameters, words->word, strlen(words->word) + 1))
		return why_memory(words->why);
	return 0;
}

static int read_fence(struct words *words, void *context)
{
	struct pairing *pairing = ((struct reading *)context)->pairing;
	struct pairing_server *server;
	int rc = words_need(words, "the server that it switches off"), index;

	if (rc)
		return rc;
	index = pairing_server_index(pairing, words->word);
	if (index < 0)
		return why_set(words->why, -EINVAL, "%.60s: no server of that name before it",
		               words->word);
	server = &pairing->servers[index];
	if (server->fence)
		return why_set(words->why, -EINVAL, "a second fence for %s", server->name);
	rc = words_need(words, "a fence agent, like fence_ipmilan");
	if (rc)
		return rc;
	if (!is_name(words->word) || strncmp(words->word, "fence_", 6) != 0)
		return why_set(words->why, -EINVAL,
		               "'%.60s': not the name of a fence agent, like fence_ipmilan",
		               words->word);
	server->fence = copy(words->word, words->why);
	while (server->fence && !rc && words_find(words))
		rc = read_parameter(words, &server->parameters);
	return server->fence ? rc : -ENOMEM;
}

static int read_fence_delay(struct words *words, void *context)
{
	struct reading *reading = context;
	unsigned long number = 0;
	int rc = once(words, &reading->fence_delay);

	if (!rc)
		rc = words_need(words, "how many seconds the slower fence may take");
	if (!rc)
		rc = read_number(words, words->word, 1, PAIRING_DELAY_MAX, &number);
	reading->pairing->fence_delay = (unsigned int)number;
	return rc;
}

/* ---- exports ---- */

static int read_vmac(struct words *words, const char *value, struct mac *mac)
{
	if (!mac_parse(value, NULL, mac) && mac_is_local(*mac) && !mac_is_group(*mac))
		return 0;
	return why_set(words->why, -EINVAL,
	               "'%.60s': not a locally administered MAC, like 02:ae:00:00:00:01",
	               words->word);
}

/* It gets into DRBD's file, between quotes. The second one stands there if it is called otherwise.
 */
static int read_volume(struct words *words, struct pairing_export *export)
{
	char **volume = &export->volumes[export->volumes[0] ? 1 : 0];

	if (*words->word != '/' || strpbrk(words->word, "\"\\\t"))
		return why_set(words->why, -EINVAL,
		               "'%.60s': not the path of a block device, from / on", words->word);
	if (*volume)
		return why_set(words->why, -EINVAL, "'%.60s': a third volume: a pair has two",
		               words->word);
	*volume = copy(words->word, words->why);
	return *volume ? 0 : -ENOMEM;
}

static int read_option(struct words *words, struct pairing_export *export)
{
	unsigned long number = 0;
	int rc = words_read(words);

	if (rc)
		return rc;
	if (!export->volumes[0] || *words->word == '/')
		return read_volume(words, export);
	if (!strncmp(words->word, "minor=", 6)) {
		rc = read_number(words, words->word + 6, 0, PAIRING_MINOR_MAX, &number);
		export->minor = (unsigned int)number;
		return rc;
	}
	if (!strncmp(words->word, "port=", 5)) {
		rc = read_number(words, words->word + 5, 1, UINT16_MAX, &number);
		export->port = (uint16_t)number;
		return rc;
	}
	if (!strncmp(words->word, "vmac=", 5))
		return read_vmac(words, words->word + 5, &export->vmac);
	return why_set(words->why, -EINVAL,
	               "'%.60s': an export has minor=, port= and vmac=", words->word);
}

static int read_volumes_and_options(struct words *words, struct pairing_export *export)
{
	int rc = 0;

	while (!rc && words_find(words))
		rc = read_option(words, export);
	if (rc)
		return rc;
	if (!export->volumes[0])
		return why_set(words->why, -EINVAL, "the volume, like /dev/vg0/ws1, is missing");
	if (!export->volumes[1])
		export->volumes[1] = copy(export->volumes[0], words->why);
	return export->volumes[1] ? 0 : -ENOMEM;
}

static struct pairing_export *add_export(struct words *words, struct pairing *pairing)
{
	struct pairing_export *list;

	if (pairing->export_count == PAIRING_EXPORTS_MAX) {
		why_set(words->why, -EINVAL, "more than %d exports", PAIRING_EXPORTS_MAX);
		return NULL;
	}
	list = realloc(pairing->exports, (pairing->export_count + 1) * sizeof(*list));
	if (!list) {
		why_memory(words->why);
		return NULL;
	}
	pairing->exports = list;
	list[pairing->export_count] = (struct pairing_export){.place = words->place};
	return &list[pairing->export_count++];
}

static int read_export(struct words *words, void *context)
{
	struct pairing *pairing = ((struct reading *)context)->pairing;
	struct aoe_address address;
	struct pairing_export *export;
	int rc = words_need(words, "SHELF.SLOT");

	if (rc)
		return rc;
	if (aoe_address_parse(words->word, NULL, &address))
		return why_set(words->why, -EINVAL, "'%.60s': not an address like 0.1",
		               words->word);
	if (pairing_find(pairing, address))
		return why_set(words->why, -EINVAL, "%.60s: the address of two exports",
		               words->word);
	export = add_export(words, pairing);
	if (!export)
		return *words->why->text ? -EINVAL : -ENOMEM;
	export->address = address;
	export->minor = (unsigned int)pairing->export_count;
	export->port = (uint16_t)(PAIRING_PORT + pairing->export_count - 1);
	export->vmac = make_vmac(address);
	return read_volumes_and_options(words, export);
}

/* ---- all of it ---- */

static int check_apart(const struct pairing *pairing, struct place *place, struct why *why)
{
	for (size_t i = 0; i < pairing->export_count; i++)
		for (size_t k = 0; k < i; k++) {
			const struct pairing_export *a = &pairing->exports[i],
			                            *b = &pairing->exports[k];
			const char *what = NULL;

			if (a->minor == b->minor)
				what = "minor";
			if (a->port == b->port)
				what = "port";
			if (!strcmp(a->volumes[0], b->volumes[0]) ||
			    !strcmp(a->volumes[1], b->volumes[1]))
				what = "volume";
			*place = a->place;
			if (what)
				return why_set(why, -EINVAL,
				               "the same %s as of the export in line %lu", what,
				               b->place.line);
		}
	return 0;
}

/* What is missing is missing at the file's end, where place is. */
static int check(const struct reading *reading, struct place *place, struct why *why)
{
	const struct pairing *pairing = reading->pairing;

	if (pairing->resync && reading->cluster)
		return why_set(why, -EINVAL,
		               "a cluster, and a resync by a timer: the cluster would take over "
		               "with old data: say one of the two");
	if (pairing->server_count < PAIRING_SERVERS)
		return why_set(why, -EINVAL, "two servers are needed: 'server NAME ADDRESS'");
	for (size_t i = 0; i < PAIRING_SERVERS; i++)
		if (!pairing->servers[i].fence)
			return why_set(
			        why, -EINVAL,
			        "nothing can switch %s off, and so nobody may take over from "
			        "it: 'fence %s AGENT NAME=VALUE...', as 'fence_ipmilan ip=... "
			        "username=... password=...'",
			        pairing->servers[i].name, pairing->servers[i].name);
	if (!*pairing->interface)
		return why_set(why, -EINVAL, "the LAN is missing: 'interface IF'");
	if (pairing->cluster == PAIRING_KEEPALIVED && !*pairing->link)
		return why_set(why, -EINVAL,
		               "keepalived needs the interface that the servers reach each other "
		               "by: 'link IF'");
	if (!pairing->export_count)
		return why_set(why, -EINVAL, "no export: 'export SHELF.SLOT VOLUME'");
	return check_apart(pairing, place, why);
}

int pairing_parse(const char *text, size_t length, void *into, struct place *place, struct why *why)
{
	static const struct words_directive directives[] = {
	        {"cluster", read_cluster},     {"server", read_server},
	        {"interface", read_interface}, {"link", read_link},
	        {"fence", read_fence},         {"export", read_export},
	        {"resync", read_resync},       {"fence-delay", read_fence_delay},
	};
	struct pairing *pairing = into;
	struct reading reading = {.pairing = pairing};
	int rc;

	*pairing = (struct pairing){0};
	rc = words_directives(text, length, directives, sizeof(directives) / sizeof(directives[0]),
	                      &reading, place, why);
	if (!rc)
		rc = check(&reading, place, why);
	if (rc)
		pairing_release(pairing);
	return rc;
}

void pairing_release(struct pairing *pairing)
{
	for (size_t i = 0; i < PAIRING_SERVERS; i++) {
		free(pairing->servers[i].fence);
		buffer_free(&pairing->servers[i].parameters);
	}
	for (size_t i = 0; i < pairing->export_count; i++)
		for (size_t k = 0; k < PAIRING_SERVERS; k++)
			free(pairing->exports[i].volumes[k]);
	free(pairing->exports);
	free(pairing->resync);
	*pairing = (struct pairing){0};
}

/* ---- and back ---- */

static int write_server(const struct pairing_server *server, struct buffer *text)
{
	const char *at = (const char *)server->parameters.data;
	size_t left = server->parameters.size;
	int rc = buffer_printf(text, "server %s %s\n", server->name, server->address);

	if (!rc)
		rc = buffer_printf(text, "fence %s %s", server->name, server->fence);
	while (!rc && left) {
		rc = buffer_append(text, " ", 1);
		if (!rc)
			rc = words_add(text, at);
		left -= strlen(at) + 1;
		at += strlen(at) + 1;
	}
	return rc ? rc : buffer_append(text, "\n", 1);
}

static int write_export(const struct pairing_export *export, struct buffer *text)
{
	char name[AOE_ADDRESS_TEXT], mac[MAC_TEXT];
	int rc = buffer_printf(text, "export %s", aoe_address_format(export->address, name) + 1);

	for (int i = 0; i < PAIRING_SERVERS && !rc; i++) {
		if (i && !strcmp(export->volumes[0], export->volumes[i]))
			break;
		rc = buffer_append(text, " ", 1);
		if (!rc)
			rc = words_add(text, export->volumes[i]);
	}
	if (!rc)
		rc = buffer_printf(text, " minor=%u port=%u vmac=%s\n", export->minor, export->port,
		                   mac_format(export->vmac, mac));
	return rc;
}

/* Who decides who serves. */
static int write_cluster(const struct pairing *pairing, struct buffer *text)
{
	int rc;

	if (!pairing->resync)
		return buffer_printf(text, "cluster %s\n", clusters[pairing->cluster]);
	rc = buffer_printf(text, "resync ");
	if (!rc)
		rc = words_add(text, pairing->resync);
	return rc ? rc : buffer_append(text, "\n", 1);
}

int pairing_write(const struct pairing *pairing, struct buffer *text)
{
	int rc = buffer_printf(text,
	                       "# A pair of servers, see etherroot-pair(8). The same on both.\n");

	if (!rc)
		rc = write_cluster(pairing, text);
	for (size_t i = 0; i < pairing->server_count && !rc; i++)
		rc = write_server(&pairing->servers[i], text);
	if (!rc)
		rc = buffer_printf(text, "interface %s\n", pairing->interface);
	if (!rc && *pairing->link)
		rc = buffer_printf(text, "link %s\n", pairing->link);
	if (!rc && pairing->fence_delay)
		rc = buffer_printf(text, "fence-delay %u\n", pairing->fence_delay);
	for (size_t i = 0; i < pairing->export_count && !rc; i++)
		rc = write_export(&pairing->exports[i], text);
	return rc;
}
