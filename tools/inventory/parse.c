/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file's text as a struct: one function per directive, one per word of a machine's line. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cli/cli.h"
#include "tools/inventory/check.h"
#include "tools/serve/config/directives.h"

/* What is being read: the inventory, and which directives stand once were there. */
struct reading {
	struct inventory *inventory;
	bool interface, address, dhcp, router, dns, http, trial, unknown, installer;
};

static int once(struct words *words, bool *seen, const char *name)
{
	if (*seen)
		return why_set(words->why, -EINVAL, "a second %s: it is said once", name);
	*seen = true;
	return 0;
}

static int need_address(struct words *words, const char *what, struct in_addr *address)
{
	int rc = words_need(words, what);

	if (rc)
		return rc;
	if (inet_pton(AF_INET, words->word, address) != 1 || !address->s_addr)
		return why_set(words->why, -EINVAL, "'%.60s': not an IPv4 address like 10.20.0.1",
		               words->word);
	return 0;
}

/* ---- one function per directive ---- */

/* It stands in dnsmasq's configuration, where '*' would mean more than one. */
static int read_interface(struct words *words, void *context)
{
	struct reading *reading = context;
	int rc = once(words, &reading->interface, "interface");

	if (!rc)
		rc = words_need(words, "the name of an interface");
	if (rc)
		return rc;
	if (!inventory_valid_interface(words->word))
		return why_set(words->why, -EINVAL,
		               "'%.60s': not the name of an interface: letters, digits and ._-, "
		               "at most %d",
		               words->word, IFNAMSIZ - 1);
	strcpy(reading->inventory->interface, words->word);
	return 0;
}

static int read_address(struct words *words, void *context)
{
	struct reading *reading = context;
	int rc = once(words, &reading->address, "address");

	if (!rc)
		rc = words_need(words, "an address like 10.20.0.1/24");
	if (!rc && inventory_parse_address(words->word, &reading->inventory->address,
	                                   &reading->inventory->prefix))
		rc = why_set(words->why, -EINVAL,
		             "'%.60s': not the address of a host and its network's bits, like "
		             "10.20.0.1/24",
		             words->word);
	return rc;
}

static int read_dhcp(struct words *words, void *context)
{
	struct reading *reading = context;
	struct inventory *inventory = reading->inventory;
	int rc = once(words, &reading->dhcp, "dhcp");

	inventory->dhcp_place = words->place;
	if (!rc)
		rc = words_need(words, "range, proxy or none");
	if (rc)
		return rc;
	if (!strcmp(words->word, "proxy")) {
		inventory->dhcp = INVENTORY_DHCP_PROXY;
		return 0;
	}
	if (!strcmp(words->word, "none")) {
		inventory->dhcp = INVENTORY_DHCP_NONE;
		return 0;
	}
	if (strcmp(words->word, "range") != 0)
		return why_set(words->why, -EINVAL, "'%.60s': dhcp is range, proxy or none",
		               words->word);
	rc = need_address(words, "the first address of the range", &inventory->low);
	return rc ? rc : need_address(words, "the last address of the range", &inventory->high);
}

static int read_router(struct words *words, void *context)
{
	struct reading *reading = context;
	int rc = once(words, &reading->router, "router");

	reading->inventory->router_place = words->place;
	return rc ? rc : need_address(words, "an address", &reading->inventory->router);
}

static int read_dns(struct words *words, void *context)
{
	struct reading *reading = context;
	struct inventory *inventory = reading->inventory;
	int rc = once(words, &reading->dns, "dns");

	while (!rc && (!inventory->dns_count || words_find(words))) {
		if (inventory->dns_count == INVENTORY_DNS_MAX)
			return why_set(words->why, -EINVAL, "more than %d", INVENTORY_DNS_MAX);
		rc = need_address(words, "an address", &inventory->dns[inventory->dns_count++]);
	}
	return rc;
}

static int read_port(struct words *words, struct inventory *inventory, uint16_t *to)
{
	unsigned long port;
	int rc = words_need(words, "a port, or none");

	inventory->port_place = words->place;
	if (rc)
		return rc;
	if (!strcmp(words->word, "none"))
		port = 0;
	else if (cli_number(words->word, 1, UINT16_MAX, &port))
		return why_set(words->why, -EINVAL, "'%.60s': not a port from 1 to %d, nor none",
		               words->word, UINT16_MAX);
	*to = (uint16_t)port;
	return 0;
}

static int read_http(struct words *words, void *context)
{
	struct reading *reading = context;
	int rc = once(words, &reading->http, "http");

	return rc ? rc : read_port(words, reading->inventory, &reading->inventory->http);
}

static int read_trial(struct words *words, void *context)
{
	struct reading *reading = context;
	int rc = once(words, &reading->trial, "trial");

	return rc ? rc : read_port(words, reading->inventory, &reading->inventory->trial);
}

static int read_unknown(struct words *words, void *context)
{
	struct reading *reading = context;
	int rc = once(words, &reading->unknown, "unknown");

	if (!rc)
		rc = words_need(words, "menu, register or refuse");
	if (!rc && inventory_parse_unknown(words->word, &reading->inventory->unknown))
		rc = why_set(words->why, -EINVAL,
		             "'%.60s': unknown is menu, register or refuse: what a machine gets "
		             "that is not in this file",
		             words->word);
	return rc;
}

/* ---- a machine ---- */

static int take_macs(struct inventory_machine *machine, const char *value, struct why *why)
{
	if (!inventory_read_macs(value, machine))
		return 0;
	return why_set(why, -EINVAL,
	               "mac: '%.60s': not 1 to %d addresses of network cards, like "
	               "52:54:00:12:34:56, with commas between them",
	               value, INVENTORY_MACS_MAX);
}

static int take_export(struct inventory_machine *machine, const char *value, struct why *why)
{
	if (!aoe_address_parse(value, NULL, &machine->export))
		return 0;
	return why_set(why, -EINVAL,
	               "export: '%.60s': not an address like 0.0: shelves go from 0 to %d, "
	               "slots from 0 to %d",
	               value, AOE_SHELF_MAX, AOE_SLOT_MAX);
}

static int take_text(char **text, const char *value, struct why *why)
{
	free(*text);
	*text = strdup(value);
	return *text ? 0 : why_memory(why);
}

static int take_path(char **path, const char *value, struct why *why)
{
	if (*value != '/')
		return why_set(why, -EINVAL, "'%.60s': a path from / on is needed", value);
	return take_text(path, value, why);
}

static int take_disk(struct inventory_machine *machine, const char *value, struct why *why)
{
	return take_path(&machine->disk, value, why);
}

static int take_shared(struct inventory_machine *machine, const char *value, struct why *why)
{
	machine->shared = true;
	return take_path(&machine->disk, value, why);
}

static int take_append(struct inventory_machine *machine, const char *value, struct why *why)
{
	return take_text(&machine->append, value, why);
}

static int take_install(struct inventory_machine *machine, const char *value, struct why *why)
{
	if (!inventory_valid_answers(value))
		return why_set(why, -EINVAL,
		               "install: '%.60s': neither the name of a file in the machine's "
		               "folder nor a path of the installer's, from / on",
		               value);
	return take_text(&machine->install, value, why);
}

enum { MAC, EXPORT, DISK, SHARED, APPEND, INSTALL, KEYS };

static const struct {
	const char *name;
	int (*take)(struct inventory_machine *machine, const char *value, struct why *why);
} keys[KEYS] = {
        [MAC] = {"mac=", take_macs},         [EXPORT] = {"export=", take_export},
        [DISK] = {"disk=", take_disk},       [SHARED] = {"shared=", take_shared},
        [APPEND] = {"append=", take_append}, [INSTALL] = {"install=", take_install},
};

/* Which key a word begins with; KEYS: none. */
static int key_of(const char *word)
{
	int key = 0;

	while (key < KEYS && strncmp(word, keys[key].name, strlen(keys[key].name)) != 0)
		key++;
	return key;
}

/* An option of the machine's export, as serve.conf has it. */
static int take_option(struct words *words, struct inventory_machine *machine,
                       struct export_options *options)
{
	struct buffer *text = &machine->options;

	if (export_set_option(options, words->word, words->why))
		return -EINVAL;
	if (buffer_append(text, " ", 1) || words_add(text, words->word))
		return why_memory(words->why);
	return 0;
}

static int read_keys(struct words *words, struct inventory_machine *machine,
                     struct export_options *options, bool seen[KEYS])
{
	int rc = 0;

	while (!rc && words_find(words)) {
		int key;

		rc = words_read(words);
		if (rc)
			return rc;
		key = key_of(words->word);
		if (key == KEYS)
			rc = take_option(words, machine, options);
		else if (seen[key])
			rc = why_set(words->why, -EINVAL, "a second %s", keys[key].name);
		else
			rc = keys[key].take(machine, words->word + strlen(keys[key].name),
			                    words->why);
		if (key < KEYS)
			seen[key] = true;
	}
	return rc;
}

static int check_keys(const bool seen[KEYS], struct why *why)
{
	if (!seen[MAC])
		return why_set(why, -EINVAL, "mac= is missing: the address of its network card");
	if (!seen[EXPORT])
		return why_set(why, -EINVAL, "export= is missing: an AoE address like 0.0");
	if (seen[DISK] == seen[SHARED])
		return why_set(why, -EINVAL,
		               "%s: disk= is one machine's own, shared= is only read by many",
		               seen[DISK] ? "both disk= and shared=" : "its disk is missing");
	if (seen[SHARED] && seen[INSTALL])
		return why_set(why, -EINVAL,
		               "install=: of a disk that is one machine's own, which disk= is");
	return 0;
}

/* What follows the name. */
static int read_machine_words(struct words *words, struct inventory_machine *machine)
{
	struct export_options options = export_options_default();
	bool seen[KEYS] = {false};
	struct place end;
	int rc = take_append(machine, "", words->why);

	if (!rc)
		rc = read_keys(words, machine, &options, seen);
	end = words->place;
	words->place = rc ? end : machine->place;
	if (!rc)
		rc = check_keys(seen, words->why);
	if (!rc && machine->shared)
		rc = export_set_option(&options, "snapshot-dir=" INVENTORY_LAYERS, words->why);
	export_options_release(&options);
	return rc;
}

static int read_machine(struct words *words, void *context)
{
	struct inventory *inventory = ((struct reading *)context)->inventory;
	struct inventory_machine *machines = inventory->machines, *machine;
	int rc = words_need(words, "the machine's name");

	if (rc)
		return rc;
	if (!inventory_valid_name(words->word))
		return why_set(words->why, -EINVAL,
		               "'%.60s': not a host name: lower case letters, digits and hyphens, "
		               "at most %d",
		               words->word, INVENTORY_NAME);
	machines = reallocarray(machines, inventory->machine_count + 1, sizeof(*machines));
	if (!machines)
		return why_memory(words->why);
	inventory->machines = machines;
	machine = &machines[inventory->machine_count++];
	*machine = (struct inventory_machine){.place = words->place};
	strcpy(machine->name, words->word);
	return read_machine_words(words, machine);
}

/* ---- an export of the administrator's own ---- */

static int read_export(struct words *words, void *context)
{
	struct inventory *inventory = ((struct reading *)context)->inventory;
	struct inventory_export *exports = inventory->exports, *export;
	const char *begin = words->line + strspn(words->line, " \t");
	struct export_options options;
	struct place place;
	int rc = directives_read_export(words, &options);

	if (rc)
		return rc;
	place = options.place;
	exports = reallocarray(exports, inventory->export_count + 1, sizeof(*exports));
	if (exports) {
		inventory->exports = exports;
		export = &exports[inventory->export_count++];
		*export = (struct inventory_export){
		        .place = place,
		        .address = options.address,
		        .line = strndup(begin, (size_t)(words->at - begin)),
		};
		rc = export->line ? 0 : why_memory(words->why);
	} else {
		rc = why_memory(words->why);
	}
	export_options_release(&options);
	return rc;
}

/* ---- the installer ---- */

static int read_installer(struct words *words, void *context)
{
	struct reading *reading = context;
	struct inventory_installer *installer = &reading->inventory->installer;
	int rc = once(words, &reading->installer, "installer");

	if (!rc)
		rc = words_need(words, "an AoE address like 0.0");
	if (rc)
		return rc;
	installer->place = words->place;
	if (aoe_address_parse(words->word, NULL, &installer->export))
		return why_set(words->why, -EINVAL, "'%.60s': not an AoE address like 0.0",
		               words->word);
	rc = words_need(words, "the path of its image");
	return rc ? rc : take_path(&installer->disk, words->word, words->why);
}

static const struct words_directive directives[] = {
        {"interface", read_interface},
        {"address", read_address},
        {"dhcp", read_dhcp},
        {"router", read_router},
        {"dns", read_dns},
        {"http", read_http},
        {"trial", read_trial},
        {"unknown", read_unknown},
        {"machine", read_machine},
        {"export", read_export},
        {"installer", read_installer},
};

int inventory_parse(const char *text, size_t length, struct inventory *inventory,
                    struct place *place, struct why *why)
{
	struct reading reading = {.inventory = inventory};
	int rc;

	*inventory = (struct inventory){.http = INVENTORY_HTTP_PORT, .trial = INVENTORY_TRIAL_PORT};
	rc = words_directives(text, length, directives, sizeof(directives) / sizeof(directives[0]),
	                      &reading, place, why);
	if (!rc && !(reading.interface && reading.address && reading.dhcp))
		rc = why_set(why, -EINVAL, "a line is missing: %s",
		             !reading.interface ? "interface NAME, the LAN that is served"
		             : !reading.address ? "address ADDRESS/BITS, the server's on that LAN"
		                                : "dhcp range|proxy|none");
	if (!rc)
		rc = inventory_check(inventory, place, why);
	if (rc)
		inventory_release(inventory);
	return rc;
}
