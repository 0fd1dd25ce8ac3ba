/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `etherroot server status`: who was seen, what is served, and what is wrong. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/cli/json.h"
#include "tools/host/regular.h"
#include "tools/host/steps.h"
#include "tools/serve/watch/ask.h"
#include "tools/server/kernels.h"
#include "tools/server/seen.h"
#include "tools/server/troubles.h"
#include "tools/server/units.h"
#include "tools/server/verb.h"

enum { TEXT_MAX = 16 << 20 }; /* bytes of leases, or of the journal, that are looked at */

const struct cli_command server_status_command = {
        .name = "server status",
        .synopsis = "[--json] [--root DIR]",
        .summary = "Shows the machines, who else wanted to boot, what is served, what is wrong.",
        .options = verb_show_options,
        .more = "The exit status is 1 if something is wrong.",
};

struct status {
	struct site site;
	struct disk_look *looks; /* of all machines */
	struct seen seen;
	struct buffer target; /* its own report, or empty */
	struct args troubles;
	bool json;
	bool known; /* the inventory could be read: who is in it, and who is not */
};

/* ---- to find out ---- */

static void read_leases(struct status *status)
{
	char *path = site_path(&status->site, UNITS_LEASES), *text;
	size_t length;

	if (!regular_read(path, TEXT_MAX, &text, &length)) {
		seen_take_leases(&status->seen, text, length);
		free(text);
	}
	free(path);
}

/* Of a week, and no more than would be read. */
static void read_journal(struct status *status)
{
	static const char *const words[] = {
	        "journalctl", "--unit=" UNITS_DNSMASQ, "--output=short-unix", "--no-pager",
	        "--quiet",    "--since=-7d",           "--lines=50000"};
	struct buffer text = {0};
	struct args args = {0};
	const char *reason;
	struct why why;

	if (!units_run(&status->site, &reason))
		return;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		args_add(&args, "%s", words[i]);
	if (!steps_read(&args, TEXT_MAX, &text, &why))
		seen_take_journal(&status->seen, (char *)text.data, text.size);
	buffer_free(&text);
}

static void ask(struct status *status)
{
	char *path = site_path(&status->site, ASK_DEFAULT);
	struct why why;
	int rc = ask_target(path, status->json ? "status json" : "status table", &status->target,
	                    &why);

	if (rc)
		args_add(&status->troubles, "the target does not answer: %s",
		         rc == -EREMOTEIO ? "it failed" : why.text);
	if (rc)
		buffer_free(&status->target);
	free(path);
}

/* Returns 0 or a negative errno with why. */
static int look_at_machines(struct status *status, struct why *why)
{
	struct owner owner;
	int rc = site_load(&status->site, why);

	if (rc)
		return rc;
	owner = owner_find(&status->site);
	status->looks = disks_look(&status->site, &owner);
	return status->looks ? 0 : why_memory(why);
}

static void look(struct status *status)
{
	struct why why;

	status->known = !look_at_machines(status, &why);
	if (status->known) {
		troubles_find(&status->site, status->looks, &status->troubles);
		read_leases(status);
		read_journal(status);
	} else {
		args_add(&status->troubles, "%s", why.text);
	}
	ask(status);
}

/* ---- to show it ---- */

static const char *show_time(int64_t seconds, char text[32])
{
	time_t time = (time_t)seconds;
	struct tm tm;

	if (!seconds || !localtime_r(&time, &tm) || !strftime(text, 32, "%Y-%m-%d %H:%M:%S", &tm))
		return "-";
	return text;
}

static const char *show_address(struct in_addr address, char text[INET_ADDRSTRLEN])
{
	return address.s_addr ? inet_ntop(AF_INET, &address, text, INET_ADDRSTRLEN) : "-";
}

/* The card of a machine that was seen last. */
static struct seen_card last_seen(const struct seen *seen, const struct inventory_machine *machine)
{
	struct seen_card last = {.mac = machine->macs[0]};

	for (size_t i = 0; i < machine->mac_count; i++) {
		const struct seen_card *card = seen_find(seen, machine->macs[i]);

		if (card && card->time >= last.time)
			last = *card;
	}
	return last;
}

static int table_machines(const struct status *status, struct buffer *out)
{
	const struct inventory *inventory = &status->site.inventory;
	int rc = buffer_printf(out, "%-20s %-10s %-17s %-15s %s\n", "MACHINE", "EXPORT", "MAC",
	                       "ADDRESS", "SEEN BY DHCP");

	for (size_t i = 0; !rc && i < inventory->machine_count; i++) {
		const struct inventory_machine *machine = &inventory->machines[i];
		struct seen_card card = last_seen(&status->seen, machine);
		char address[AOE_ADDRESS_TEXT], mac[MAC_TEXT], ip[INET_ADDRSTRLEN], time[32];

		rc = buffer_printf(out, "%-20s %-10s %-17s %-15s %s\n", machine->name,
		                   aoe_address_format(machine->export, address),
		                   mac_format(card.mac, mac), show_address(card.address, ip),
		                   show_time(card.time, time));
	}
	return rc;
}

static int table_unknown(const struct status *status, struct buffer *out)
{
	char mac[MAC_TEXT], ip[INET_ADDRSTRLEN], time[32];
	bool any = false;
	int rc = 0;

	for (size_t i = 0; !rc && i < status->seen.count; i++) {
		const struct seen_card *card = &status->seen.cards[i];

		if (inventory_find_mac(&status->site.inventory, card->mac))
			continue;
		if (!any)
			rc = buffer_printf(out, "\n%-17s %-15s %s\n", "UNKNOWN", "ADDRESS",
			                   "SEEN BY DHCP");
		any = true;
		if (!rc)
			rc = buffer_printf(out, "%-17s %-15s %s\n", mac_format(card->mac, mac),
			                   show_address(card->address, ip),
			                   show_time(card->time, time));
	}
	return rc;
}

static int write_table(const struct status *status, struct buffer *out)
{
	int rc = status->known ? table_machines(status, out) : 0;

	if (!rc && status->known)
		rc = kernels_table(&status->site, status->looks, out);
	if (!rc)
		rc = table_unknown(status, out);
	if (!rc && status->target.size)
		rc = buffer_printf(out, "\n");
	if (!rc)
		rc = buffer_append(out, status->target.data, status->target.size);
	if (!rc && status->troubles.n)
		rc = buffer_printf(out, "\nWRONG\n");
	for (size_t i = 0; !rc && i < status->troubles.n; i++)
		rc = buffer_printf(out, "%s\n", status->troubles.v[i]);
	return rc;
}

static int json_card(const struct seen_card *card, struct buffer *out)
{
	char mac[MAC_TEXT], ip[INET_ADDRSTRLEN];

	return buffer_printf(out, "{\"mac\": \"%s\", \"address\": %s%s%s, \"seen\": %lld}",
	                     mac_format(card->mac, mac), card->address.s_addr ? "\"" : "",
	                     card->address.s_addr ? show_address(card->address, ip) : "null",
	                     card->address.s_addr ? "\"" : "", (long long)card->time);
}

static int json_unknown(const struct status *status, struct buffer *out)
{
	bool any = false;
	int rc = 0;

	for (size_t i = 0; !rc && i < status->seen.count; i++) {
		if (inventory_find_mac(&status->site.inventory, status->seen.cards[i].mac))
			continue;
		rc = buffer_printf(out, "%s", any ? ",\n " : "");
		any = true;
		if (!rc)
			rc = json_card(&status->seen.cards[i], out);
	}
	return rc;
}

static int json_installation(const struct inventory_machine *machine, const struct disk_look *look,
                             struct buffer *out)
{
	const char *state = disks_tell(machine, look);
	int rc = buffer_printf(out, ", \"installation\": %s", state ? "" : "null");

	return rc || !state ? rc : json_string(out, state, strlen(state));
}

static int json_machines(const struct status *status, struct buffer *out)
{
	const struct inventory *inventory = &status->site.inventory;
	int rc = 0;

	for (size_t i = 0; !rc && status->known && i < inventory->machine_count; i++) {
		struct seen_card card = last_seen(&status->seen, &inventory->machines[i]);

		rc = buffer_printf(out, "%s{\"machine\": ", i ? ",\n " : "");
		if (!rc)
			rc = verb_json_machine(&inventory->machines[i], out);
		if (!rc)
			rc = buffer_printf(out, ", \"card\": ");
		if (!rc)
			rc = json_card(&card, out);
		if (!rc)
			rc = buffer_printf(out, ", \"kernel\": ");
		if (!rc)
			rc = kernels_json(&status->site, &inventory->machines[i], out);
		if (!rc)
			rc = json_installation(&inventory->machines[i], &status->looks[i], out);
		if (!rc)
			rc = buffer_printf(out, "}");
	}
	return rc;
}

static int json_troubles(const struct status *status, struct buffer *out)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < status->troubles.n; i++) {
		const char *text = status->troubles.v[i];

		rc = buffer_printf(out, "%s", i ? ",\n " : "");
		if (!rc)
			rc = json_string(out, text, strlen(text));
	}
	return rc;
}

static int write_json(const struct status *status, struct buffer *out)
{
	int rc = buffer_printf(out, "{\"machines\": [");

	if (!rc)
		rc = json_machines(status, out);
	if (!rc)
		rc = buffer_printf(out, "],\n\"unknown\": [");
	if (!rc)
		rc = json_unknown(status, out);
	if (!rc)
		rc = buffer_printf(out, "],\n\"wrong\": [");
	if (!rc)
		rc = json_troubles(status, out);
	if (!rc)
		rc = buffer_printf(out, "],\n\"target\": %s", status->target.size ? "" : "null");
	if (!rc)
		rc = buffer_append(out, status->target.data, status->target.size);
	return rc ? rc : buffer_printf(out, "}\n");
}

/* ---- the verb ---- */

static int show(struct status *status)
{
	struct buffer out = {0};
	int rc, exit;

	look(status);
	rc = status->json ? write_json(status, &out) : write_table(status, &out);
	if (rc)
		cli_error(&server_status_command, "%s", strerror(-rc));
	exit = rc ? CLI_FAILED : verb_print(&server_status_command, &out);
	if (status->troubles.n)
		exit = CLI_FAILED;
	buffer_free(&out);
	return exit;
}

static int show_site(const char *root, bool json)
{
	struct status status = {.json = json};
	struct why why;
	int exit = CLI_FAILED;

	if (site_open(&status.site, root, &why))
		cli_error(&server_status_command, "%s", why.text);
	else
		exit = show(&status);
	free(status.looks);
	seen_release(&status.seen);
	buffer_free(&status.target);
	args_free(&status.troubles);
	site_close(&status.site);
	return exit;
}

int server_status(int argc, char **argv)
{
	const char *values[VERB_SHOW_OPTIONS] = {NULL};
	struct verb_words words = {.values = values};
	int status = verb_read(&server_status_command, &words, argc, argv);

	if (status || words.done)
		return status;
	return show_site(values[VERB_SHOW_ROOT], values[VERB_SHOW_JSON] != NULL);
}
