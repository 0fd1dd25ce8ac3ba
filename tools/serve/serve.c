/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `etherroot serve`: reads the command line, opens the exports, then the LANs, says what it
 * exports, and serves until it is told to stop.
 */
#include "tools/serve/serve.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "tools/serve/plan.h"
#include "tools/serve/target.h"

enum { OPT_INTERFACE, OPT_QEMU, OPT_MAC, OPT_BUFFERS, OPT_READY_FD };

static const struct cli_option options[] = {
        {"interface", 'i', "IF", "serve on this Ethernet interface; may be given several times"},
        {"qemu", 'q', "SOCKET",
         "serve QEMU guests (-netdev dgram) at this UNIX datagram socket,\n"
         "which is created; may be given several times"},
        {"mac", 0, "MAC", "own address on the LANs of --qemu (default: made from SOCKET)"},
        {"buffers", 'b', "COUNT",
         "requests that initiators are told they may have under way\n"
         "(default: what the socket's memory holds)"},
        {"ready-fd", 0, "N", "write a newline to file descriptor N when requests are answered"},
        {0},
};

static const struct cli_command command = {
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

/* ---- the command line ---- */

static int add_export(struct plan *plan, const char *text)
{
	struct export_options export;
	struct why why;

	if (export_parse(text, &export, &why))
		return cli_usage(&command, "%.100s%s: %s", text, strlen(text) > 100 ? "..." : "",
		                 why.text);
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
	return cli_usage(&command, "--%s: '%s': not a number from %lu to %lu", name, value, low,
	                 high);
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
			return cli_usage(&command,
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

static int read_arguments(struct plan *plan, int argc, char **argv)
{
	struct cli_parser parser;
	int option, status = CLI_OK;

	cli_start(&parser, &command, argc, argv);
	while ((option = cli_next(&parser)) >= 0)
		if (!status)
			status = set_option(plan, option, parser.value);
	if (option == CLI_STOP)
		return parser.status;
	for (int i = parser.index; !status && i < argc; i++)
		status = add_export(plan, argv[i]);
	if (!status && !plan->option_count)
		status =
		        cli_usage(&command, "nothing to export: name at least one SHELF.SLOT=PATH");
	if (!status && !plan->lan_count)
		status = cli_usage(&command, "no LAN: give --interface IF or --qemu SOCKET");
	return status;
}

/* ---- serving ---- */

static int stop_signals(int *fd)
{
	sigset_t set;

	/* A disk that is full or a file that may not grow is told by the error, not by a signal. */
	signal(SIGXFSZ, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -errno;
	*fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return *fd < 0 ? -errno : 0;
}

/* The parent waits for this, or for the end of the file if there is nothing to wait for. */
static void say_ready(int fd)
{
	if (fd < 0)
		return;
	if (write(fd, "\n", 1) != 1)
		cli_error(&command, "--ready-fd: %d: %s", fd, strerror(errno));
	close(fd);
}

/* Acknowledged writes are stable already, but for those of cache=writeback. */
static int sync_exports(struct plan *plan)
{
	int status = CLI_OK;

	for (size_t i = 0; i < plan->export_count; i++) {
		struct export *export = &plan->exports[i];
		int rc;
		char name[AOE_ADDRESS_TEXT];

		rc = export->options.writeback ? storage_sync(export->storage) : 0;
		if (!rc)
			continue;
		cli_error(&command, "%s: %s: sync: %s: acknowledged writes are lost",
		          aoe_address_format(export->view.address, name), export->options.file.path,
		          strerror(-rc));
		status = CLI_FAILED;
	}
	return status;
}

static int serve(struct plan *plan)
{
	struct target *target = NULL;
	int stop = -1;
	int rc = stop_signals(&stop);

	if (!rc)
		rc = target_create(&command, plan->exports, plan->export_count, &target);
	for (size_t i = 0; !rc && i < plan->lan_count; i++)
		rc = target_add_lan(target, plan->lans[i].lan, plan->buffers);
	if (!rc) {
		target_announce(target);
		say_ready(plan->ready_fd);
		rc = target_run(target, stop);
	}
	if (rc)
		cli_error(&command, "%s", strerror(-rc));
	target_free(target);
	if (stop >= 0)
		close(stop);
	return rc ? CLI_FAILED : sync_exports(plan);
}

int serve_plan(struct plan *plan)
{
	int status = plan_open_exports(plan, &command);

	if (!status)
		status = plan_open_lans(plan, &command);
	if (!status) {
		plan_describe(plan, &command);
		status = serve(plan);
	}
	return status;
}

int serve_main(int argc, char **argv)
{
	struct plan plan = PLAN_EMPTY;
	int status = read_arguments(&plan, argc, argv);

	if (!status && plan.option_count) /* else it was --help */
		status = serve_plan(&plan);
	plan_release(&plan);
	return status;
}
