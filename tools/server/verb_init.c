/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `etherroot server init`: from an interface to an inventory and all that is made from it. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/host/args.h"
#include "tools/server/interface.h"
#include "tools/server/units.h"
#include "tools/server/verb.h"

enum { INTERFACE, RANGE, PROXY, NO_DHCP, ROUTER, DNS, UNKNOWN, NO_HTTP, ROOT, OPTIONS };

static const struct cli_option options[OPTIONS + 1] = {
        [INTERFACE] = {"interface", 'i', "IF", "the Ethernet interface of the machines' LAN"},
        [RANGE] = {"range", 0, "A-B",
                   "give addresses from A to B\n(default: .100 to .199 of a network of 256)"},
        [PROXY] = {"proxy", 0, NULL,
                   "another server gives addresses; add only the names of\nthe files"},
        [NO_DHCP] = {"no-dhcp", 0, NULL, "another server does all of DHCP; give out files"},
        [ROUTER] = {"router", 0, "ADDRESS", "the machines' way out (default: none)"},
        [DNS] = {"dns", 0, "ADDRESS,...", "their name servers (default: none)"},
        [UNKNOWN] = {"unknown", 0, "WHAT",
                     "what a machine gets that is not known: menu, register\nor refuse (menu)"},
        [NO_HTTP] = {"no-http", 0, NULL, "kernels and initrds go by TFTP, which is slower"},
        [ROOT] = VERB_ROOT,
};

const struct cli_command server_init_command = {
        .name = "server init",
        .synopsis = "--interface IF [--range A-B|--proxy|--no-dhcp] [OPTION]...",
        .summary = "Sets up this machine as a boot server.",
        .options = options,
        .more = "It writes " INVENTORY_PATH " and all that is made from it, and starts the\n"
                "services. If another DHCP server answers on the LAN, it changes nothing.",
};

/* What the command line says; NULL: it does not. */
struct request {
	const char *value[OPTIONS];
};

static int read_request(struct request *request, int argc, char **argv, bool *done)
{
	struct verb_words words = {.values = request->value};
	int status = verb_read(&server_init_command, &words, argc, argv);

	*done = words.done;
	if (status || *done)
		return status;
	if (!request->value[INTERFACE])
		return cli_usage(&server_init_command, "--interface IF is needed: the LAN that the "
		                                       "machines are on");
	if (!!request->value[RANGE] + !!request->value[PROXY] + !!request->value[NO_DHCP] > 1)
		return cli_usage(&server_init_command,
		                 "of --range, --proxy and --no-dhcp there is one");
	return CLI_OK;
}

/* ---- the LAN ---- */

/* Two servers that give addresses disturb each other. */
static int ask_lan(const struct request *request, const struct interface *interface,
                   struct why *why)
{
	char server[INET_ADDRSTRLEN], address[INET_ADDRSTRLEN];
	struct dhcp_offer offer;
	bool found;
	int rc;

	if (request->value[NO_DHCP])
		return 0;
	rc = interface_ask_dhcp(interface, INTERFACE_LISTEN, &found, &offer, why);
	if (rc)
		return rc;
	if (request->value[PROXY] && !found)
		cli_error(&server_init_command,
		          "%s: no DHCP server answered within %d s: with --proxy there must be one",
		          interface->link.name, INTERFACE_LISTEN);
	if (request->value[PROXY] || !found)
		return 0;
	return why_set(why, -EEXIST,
	               "%s: the DHCP server %s is on this LAN already, and offered %s: two would "
	               "disturb each other: leave the addresses to it with --proxy",
	               interface->link.name,
	               inet_ntop(AF_INET, &offer.server, server, sizeof(server)),
	               inet_ntop(AF_INET, &offer.address, address, sizeof(address)));
}

/* ---- the inventory's text ---- */

static int add_line(struct buffer *text, const char *directive, const char *word)
{
	int rc = buffer_printf(text, "%s ", directive);

	if (!rc)
		rc = words_add(text, word);
	return rc ? rc : buffer_append(text, "\n", 1);
}

/* A directive with words that a separator stands between. */
static int add_list(struct buffer *text, const char *directive, const char *list, char separator)
{
	char *copy = strdup(list), *rest = copy, *word;
	char separators[] = {separator, '\0'};
	int rc = copy ? buffer_printf(text, "%s", directive) : -ENOMEM;

	while (!rc && (word = strsep(&rest, separators))) {
		rc = buffer_append(text, " ", 1);
		if (!rc)
			rc = words_add(text, word);
	}
	free(copy);
	return rc ? rc : buffer_append(text, "\n", 1);
}

/* The hundred addresses in the middle of the own 256, if the network is that large. */
static int add_usual_range(struct buffer *text, const struct interface *interface, struct why *why)
{
	const uint8_t *own = (const uint8_t *)&interface->address;

	if (interface->prefix > 24 || (own[3] >= 100 && own[3] <= 199))
		return why_set(why, -EINVAL,
		               "%s: which of its network's addresses may be given away? --range "
		               "FIRST-LAST",
		               interface->link.name);
	return buffer_printf(text, "dhcp range %u.%u.%u.100 %u.%u.%u.199\n", own[0], own[1], own[2],
	                     own[0], own[1], own[2])
	               ? why_memory(why)
	               : 0;
}

static int add_dhcp(struct buffer *text, const struct request *request,
                    const struct interface *interface, struct why *why)
{
	int rc;

	if (request->value[PROXY] || request->value[NO_DHCP])
		rc = add_line(text, "dhcp", request->value[PROXY] ? "proxy" : "none");
	else if (request->value[RANGE])
		rc = add_list(text, "dhcp range", request->value[RANGE], '-');
	else
		return add_usual_range(text, interface, why);
	return rc ? why_memory(why) : 0;
}

static int add_rest(struct buffer *text, const struct request *request)
{
	int rc = 0;

	if (request->value[ROUTER])
		rc = add_line(text, "router", request->value[ROUTER]);
	if (!rc && request->value[DNS])
		rc = add_list(text, "dns", request->value[DNS], ',');
	if (!rc && request->value[NO_HTTP])
		rc = add_line(text, "http", "none");
	if (!rc)
		rc = add_line(text, "unknown",
		              request->value[UNKNOWN] ? request->value[UNKNOWN] : "menu");
	return rc;
}

static int write_text(struct buffer *text, const struct request *request,
                      const struct interface *interface, struct why *why)
{
	char address[INET_ADDRSTRLEN];
	int rc = buffer_printf(text, "# The machines of this boot server: etherroot-machines(5).\n"
	                             "# After a change: etherroot server apply\n");

	if (!rc)
		rc = add_line(text, "interface", request->value[INTERFACE]);
	if (!rc)
		rc = buffer_printf(
		        text, "address %s/%u\n",
		        inet_ntop(AF_INET, &interface->address, address, sizeof(address)),
		        interface->prefix);
	if (rc)
		return why_memory(why);
	rc = add_dhcp(text, request, interface, why);
	if (!rc && add_rest(text, request))
		rc = why_memory(why);
	return rc;
}

/* ---- all of it ---- */

static int refuse_second(const struct site *site, struct why *why)
{
	char *path = site_path(site, INVENTORY_PATH);
	int rc = 0;

	if (!access(path, F_OK))
		rc = why_set(why, -EEXIST,
		             "%s: is there already: edit it, and then 'etherroot server apply'",
		             path);
	free(path);
	return rc;
}

/* The inventory, in the site's memory; what cannot be is found before anything is changed. */
static int prepare(struct site *site, const struct request *request, struct edits *edits,
                   struct why *why)
{
	struct buffer text = {0};
	struct interface interface;
	int rc = site_lock(site, why);

	if (!rc)
		rc = refuse_second(site, why);
	if (!rc)
		rc = interface_look(request->value[INTERFACE], &interface, why);
	if (!rc)
		rc = write_text(&text, request, &interface, why);
	if (!rc)
		rc = site_replace(site, &text, why);
	if (!rc)
		rc = edits_find_all(site, edits, why);
	if (!rc)
		rc = ask_lan(request, &interface, why);
	buffer_free(&text);
	return rc;
}

static int set_up(struct site *site, const struct request *request)
{
	struct edits edits = {0};
	const char *reason;
	struct why why;
	int rc = prepare(site, request, &edits, &why), status = CLI_FAILED;

	if (!rc && units_run(site, &reason))
		rc = units_prepare(&why);
	if (rc)
		cli_error(&server_init_command, "%s", why.text);
	else
		status = verb_make(&server_init_command, site, &edits);
	edits_release(&edits);
	return status;
}

int server_init(int argc, char **argv)
{
	struct request request = {{NULL}};
	struct site site;
	struct why why;
	bool done;
	int status = read_request(&request, argc, argv, &done);

	if (status || done)
		return status;
	if (site_open(&site, request.value[ROOT], &why)) {
		cli_error(&server_init_command, "%s", why.text);
		return CLI_FAILED;
	}
	status = set_up(&site, &request);
	site_close(&site);
	return status;
}
