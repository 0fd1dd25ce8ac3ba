/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `etherroot server kea`: what a Kea that does DHCP in this server's place is told. */
#include "tools/server/outputs.h"
#include "tools/server/verb.h"

enum { ROOT, OPTIONS };

static const struct cli_option options[OPTIONS + 1] = {[ROOT] = VERB_ROOT};

const struct cli_command server_kea_command = {
        .name = "server kea",
        .synopsis = "[--root DIR]",
        .summary = "Prints a kea-dhcp4.conf, for ISC's Kea as the LAN's DHCP server.",
        .options = options,
};

static int print(const struct site *site)
{
	struct buffer text = {0};
	int status = CLI_FAILED;

	if (site->inventory.dhcp == INVENTORY_DHCP_PROXY)
		cli_error(&server_kea_command,
		          INVENTORY_PATH ": 'dhcp proxy': this server names the files itself, and "
		                         "another DHCP server needs to know of nothing");
	else if (outputs_write_kea(&site->inventory, &text))
		cli_error(&server_kea_command, "out of memory");
	else
		status = verb_print(&server_kea_command, &text);
	buffer_free(&text);
	return status;
}

int server_kea(int argc, char **argv)
{
	const char *values[OPTIONS] = {NULL};
	struct verb_words words = {.values = values};
	struct site site;
	struct why why;
	int status = verb_read(&server_kea_command, &words, argc, argv);

	if (status || words.done)
		return status;
	if (site_open(&site, values[ROOT], &why) || site_load(&site, &why)) {
		cli_error(&server_kea_command, "%s", why.text);
		status = CLI_FAILED;
	} else {
		status = print(&site);
	}
	site_close(&site);
	return status;
}
