/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/config/command.h"

#include <limits.h>
#include <string.h>

enum { OPT_INTERFACE, OPT_QEMU, OPT_MAC, OPT_BUFFERS, OPT_READY_FD };

static const struct cli_option options[] = {
        {"interface", 'i', "IF", "serve on this Ethernet interface; may be given several times"},
        {"qemu", 'q', "SOCKET",
         "serve QEMU guests (-netdev dgram) at this UNIX datagram socket,\n"
         "which is created; may be given several times"},
        {"mac", 0, "MAC", "own address on the LANs of --qemu (default: made from SOCKET)"},
        {"buffers", 'b', "COUNT",
         "requests that initiators are told they may have under way\n"
         "(default: 64, or what the socket of --qemu holds)"},
        {"ready-fd", 0, "N", "write a newline to file descriptor N when requests are answered"},
        {0},
};

const struct cli_command serve_command = {
        .name = "serve",
        .synopsis =
                "[OPTION]... (--interface IF | --qemu SOCKET)... SHELF.SLOT=PATH[,OPTION...]...",
        .summary = "Exports files and block devices over Ethernet: the AoE target.",
        .options = options,
        .more = "Options of an export:\n"
                "  ro                    initiators can only read it\n"
                "  cache=writeback       acknowledge writes before they are stable: a crash or "
                "power\n"
                "                        cut of this machine loses them\n"
                "  direct                past the page cache (O_DIRECT)\n"
                "  offset=N, length=N    only these sectors of 512 bytes\n"
                "  mac=MAC[+MAC...]      only these initiators may use it\n"
                "  config=TEXT           the configuration string that initiators can ask for\n"
                "  lock=no               share it with other processes that write\n"
                "A comma that belongs to a path or a text is written twice.\n"
                "\n"
                "A write is acknowledged when it is on stable storage.",
};

static int add_export(struct plan *plan, const char *text)
{
	struct export_options export;
	struct why why;

	if (export_parse(text, &export, &why))
		return cli_usage(&serve_command, "%.100s%s: %s", text,
		                 strlen(text) > 100 ? "..." : "", why.text);
	if (!plan_add_export(plan, &export))
		return CLI_OK;
	export_options_release(&export);
	return CLI_FAILED;
}

static int read_number(const char *name, const char *value, unsigned long low, unsigned long high,
                       unsigned long *number)
{
	if (!cli_number(value, low, high, number))
		return CLI_OK;
	return cli_usage(&serve_command, "--%s: '%s': not a number from %lu to %lu", name, value,
	                 low, high);
}

static int set_option(struct plan *plan, int option, const char *value)
{
	unsigned long number;
	int status;

	switch (option) {
	case OPT_INTERFACE:
		return plan_add_lan(plan, value, false) ? CLI_FAILED : CLI_OK;
	case OPT_QEMU:
		return plan_add_lan(plan, value, true) ? CLI_FAILED : CLI_OK;
	case OPT_MAC:
		if (mac_parse(value, NULL, &plan->mac) || mac_is_group(plan->mac))
			return cli_usage(&serve_command,
			                 "--mac: '%s': not the address of a host, "
			                 "like 02:00:00:00:00:01",
			                 value);
		plan->has_mac = true;
		return CLI_OK;
	case OPT_BUFFERS:
		status = read_number("buffers", value, 2, UINT16_MAX, &number);
		plan->buffers = status ? 0 : (unsigned int)number;
		return status;
	default:
		status = read_number("ready-fd", value, 0, INT_MAX, &number);
		plan->ready_fd = status ? -1 : (int)number;
		return status;
	}
}

int command_read(struct plan *plan, int argc, char **argv)
{
	struct cli_parser parser;
	int option, status = CLI_OK;

	cli_start(&parser, &serve_command, argc, argv);
	while ((option = cli_next(&parser)) >= 0)
		if (!status)
			status = set_option(plan, option, parser.value);
	if (option == CLI_STOP)
		return parser.status;
	for (int i = parser.index; !status && i < argc; i++)
		status = add_export(plan, argv[i]);
	if (!status && !plan->export_count)
		status = cli_usage(&serve_command,
		                   "nothing to export: name at least one SHELF.SLOT=PATH");
	if (!status && !plan->lan_count)
		status = cli_usage(&serve_command, "no LAN: give --interface IF or --qemu SOCKET");
	return status;
}
