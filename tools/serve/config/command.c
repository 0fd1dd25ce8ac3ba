/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/config/command.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "tools/serve/config/load.h"

enum {
	OPT_CONFIG,
	OPT_INTERFACE,
	OPT_QEMU,
	OPT_MAC,
	OPT_BUFFERS,
	OPT_MAX_AGE,
	OPT_LISTEN,
	OPT_IO,
	OPT_CONTROL,
	OPT_READY_FD
};
enum {
	MAX_AGE_LIMIT = 3600 * 1000, /* an hour: as good as never */
	LISTEN = 150,                /* a host on a LAN answers within one or two */
	LISTEN_LIMIT = 60 * 1000,
};

static const struct cli_option options[] = {
        {"config", 'c', "FILE",
         "serve also what FILE names, and read it again at SIGHUP:\n"
         "etherroot-serve.conf(5)"},
        {"interface", 'i', "IF", "serve on this Ethernet interface; may be given several times"},
        {"qemu", 'q', "SOCKET",
         "serve QEMU guests (-netdev dgram) at this UNIX datagram socket,\n"
         "which is created; may be given several times"},
        {"mac", 0, "MAC", "own address on the LANs of --qemu (default: made from SOCKET)"},
        {"buffers", 'b', "COUNT",
         "requests that initiators are told they may have under way\n"
         "(default: 64, or what the socket of --qemu holds)"},
        {"max-age", 0, "MS",
         "drop requests that waited longer than MS milliseconds, as after\n"
         "this machine stood still: they have been repeated (default: 1000)"},
        {"listen", 0, "MS",
         "before an export is served, ask the LAN who answers for its address, and\n"
         "listen so many milliseconds; 0: do not ask (default: 150)"},
        {"io", 0, "WAY",
         "how transfers run that wait for a disk: uring (io_uring), or threads\n"
         "(default: uring if the kernel allows it)"},
        {"control", 0, "PATH",
         "answer etherroot status, ctl and trace at this UNIX socket, which is created\n"
         "(default: /run/etherroot/serve.sock, where that folder is ours)"},
        {"ready-fd", 0, "N", "write a newline to file descriptor N when requests are answered"},
        {0},
};

const struct cli_command serve_command = {
        .name = "serve",
        .synopsis =
                "[OPTION]... (--interface IF | --qemu SOCKET)... SHELF.SLOT=PATH[,OPTION...]...\n"
                "       etherroot serve [OPTION]... --config FILE",
        .summary = "Exports files and block devices over Ethernet: the AoE target.",
        .options = options,
        .more = "Options of an export:\n"
                "  ro                    initiators can only read it\n"
                "  cache=writeback       acknowledge writes before they are stable: a crash or "
                "power\n"
                "                        cut of this machine loses them\n"
                "  direct                past the page cache (O_DIRECT)\n"
                "  offset=SIZE, length=SIZE  only this part: sectors of 512 bytes, or a size like "
                "10M\n"
                "  mac=MAC[+MAC...]      only these initiators may use it\n"
                "  vmac=MAC              answer from this address, which moves with the export\n"
                "  duplicate=allow       serve it also where another target answers for its "
                "address\n"
                "  writer=one[:SECONDS]  one initiator writes at a time, until it is silent for "
                "SECONDS\n"
                "                        (default: 180)\n"
                "  config=TEXT           the configuration string that initiators can ask for\n"
                "  lock=no               share it with other processes that write\n"
                "  format=raw            export a file although it begins like a qcow2 or gzip "
                "file\n"
                "  fault=FAULT[+FAULT...]  rehearse trouble: read-delay:10ms, write-error:EIO:1%, "
                "sync-hang,\n"
                "                        enospc, flip, ...\n"
                "  snapshot              each initiator's writes go to a layer of its own, which "
                "is\n"
                "                        thrown away when this ends; what is exported is only "
                "read\n"
                "  snapshot-dir=DIR      the same, and the layers are kept in DIR\n"
                "  snapshot-size=SIZE    what a layer may hold (default: 1G)\n"
                "  snapshot-layers=COUNT  how many initiators may have one (default: 64)\n"
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

static int add_lan(struct plan *plan, const char *name, bool qemu)
{
	return plan_add_lan(plan, name, qemu, (struct place){0}) ? CLI_FAILED : CLI_OK;
}

static int read_number(const char *name, const char *value, unsigned long low, unsigned long high,
                       unsigned long *number)
{
	if (!cli_number(value, low, high, number))
		return CLI_OK;
	return cli_usage(&serve_command, "--%s: '%s': not a number from %lu to %lu", name, value,
	                 low, high);
}

static int set_mac(struct plan *plan, const char *value)
{
	if (mac_parse(value, NULL, &plan->mac) || mac_is_group(plan->mac))
		return cli_usage(&serve_command,
		                 "--mac: '%s': not the address of a host, like 02:00:00:00:00:01",
		                 value);
	plan->has_mac = true;
	return CLI_OK;
}

static int set_option(struct command_line *line, int option, const char *value)
{
	unsigned long number;
	int status;

	switch (option) {
	case OPT_CONFIG:
		line->config = value;
		return CLI_OK;
	case OPT_INTERFACE:
		return add_lan(&line->plan, value, false);
	case OPT_QEMU:
		return add_lan(&line->plan, value, true);
	case OPT_MAC:
		return set_mac(&line->plan, value);
	case OPT_BUFFERS:
		status = read_number("buffers", value, 2, UINT16_MAX, &number);
		line->plan.buffers = status ? 0 : (unsigned int)number;
		return status;
	case OPT_MAX_AGE:
		status = read_number("max-age", value, 1, MAX_AGE_LIMIT, &number);
		line->max_age = status ? 0 : (unsigned int)number;
		return status;
	case OPT_LISTEN:
		status = read_number("listen", value, 0, LISTEN_LIMIT, &number);
		line->listen = status ? LISTEN : (unsigned int)number;
		return status;
	case OPT_IO:
		line->io = value;
		if (!strcmp(value, "uring") || !strcmp(value, "threads"))
			return CLI_OK;
		return cli_usage(&serve_command, "--io: '%s': uring or threads", value);
	case OPT_CONTROL:
		line->control = value;
		return CLI_OK;
	default:
		status = read_number("ready-fd", value, 0, INT_MAX, &number);
		line->ready_fd = status ? -1 : (int)number;
		return status;
	}
}

int command_read(struct command_line *line, int argc, char **argv, bool *done)
{
	struct cli_parser parser;
	int option, status = CLI_OK;

	*line = (struct command_line){.name = "etherroot serve", .ready_fd = -1, .listen = LISTEN};
	cli_start(&parser, &serve_command, argc, argv);
	while ((option = cli_next(&parser)) >= 0)
		if (!status)
			status = set_option(line, option, parser.value);
	*done = option == CLI_STOP;
	if (*done)
		return parser.status;
	for (int i = parser.index; !status && i < argc; i++)
		status = add_export(&line->plan, argv[i]);
	if (status || line->config)
		return status;
	if (!line->plan.export_count)
		return cli_usage(&serve_command, "nothing to export: name at least one "
		                                 "SHELF.SLOT=PATH, or give --config FILE");
	if (!line->plan.lan_count)
		return cli_usage(&serve_command, "no LAN: give --interface IF or --qemu SOCKET");
	return CLI_OK;
}

void command_release(struct command_line *line)
{
	plan_release(&line->plan);
}

/* What is there twice may stand in the file, or in the file and on the command line. */
static int check(const struct command_line *line, struct plan *plan, struct why *why)
{
	struct place place;
	struct why what;
	int rc = plan_check(plan, &place, &what);

	if (rc && place.line)
		return why_set(why, rc, "%s:%lu:%lu: %s", line->config, place.line, place.column,
		               what.text);
	if (rc)
		return why_set(why, rc, "%s", what.text);
	/* A file that is empty, or is being written, must not end the service. */
	if (!plan->lan_count)
		return why_set(why, -EINVAL, "%s: no LAN: add a line like 'interface eth0'",
		               line->config);
	return 0;
}

int command_plan(const struct command_line *line, struct plan *plan, struct why *why)
{
	struct plan more = {0};
	int rc = 0;

	*plan = (struct plan){0};
	if (line->config)
		rc = config_load(line->config, &more, why);
	if (!rc && (plan_copy(plan, &line->plan) || plan_merge(plan, &more)))
		rc = why_memory(why);
	if (!rc)
		rc = check(line, plan, why);
	plan_release(&more);
	if (rc)
		plan_release(plan);
	return rc;
}
