/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `etherroot discover`: opens the LANs, asks who is there and what kind of disk each is, waits for
 * the answers, and prints them.
 */
#include "tools/discover/discover.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "tools/cli/cli.h"
#include "tools/discover/print.h"
#include "tools/host/clock.h"
#include "tools/lan/lan.h"
#include "tools/survey/asker.h"

enum { OPT_INTERFACE, OPT_QEMU, OPT_JSON, OPT_TIMEOUT };

static const struct cli_option options[] = {
        {"interface", 'i', "IF",
         "ask on this Ethernet interface; may be given several times\n"
         "(default: on all that are up)"},
        {"qemu", 'q', "SOCKET", "ask the target of QEMU guests at this socket"},
        {"json", 0, NULL, "print JSON"},
        {"timeout", 't', "SECONDS", "wait so long for answers (default: 1)"},
        {0},
};

static const struct cli_command command = {
        .name = "discover",
        .synopsis = "[OPTION]...",
        .summary = "Lists the AoE targets on the LAN.",
        .options = options,
        .more = "An address with a * is answered for by more than one MAC: by two servers, or by "
                "one\n"
                "with two interfaces on the same LAN.",
};

enum { LANS_MAX = 64 };

struct search {
	struct survey survey;
	struct lan *lans[LANS_MAX];
	size_t lan_count;
	bool json;
	long timeout; /* milliseconds */
	struct asker asker;
};

/* ---- the LANs ---- */

static int add_lan(struct search *search, const char *name, bool qemu)
{
	struct lan **lan = &search->lans[search->lan_count];
	struct mac mac = {{0x02}};
	int rc;

	if (search->lan_count == LANS_MAX)
		return cli_usage(&command, "%s: more than %d LANs", name, LANS_MAX);
	/* Any address will do that no other guest has. */
	if (getrandom(mac.octet + 1, sizeof(mac.octet) - 1, 0) < 0)
		mac = lan_stable_mac("discover");
	rc = qemu ? lan_join_qemu(name, mac, lan) : lan_join_interface(name, lan);
	if (rc) {
		cli_error(&command, "%s: %s", name,
		          rc == -ENOENT ? "no such socket: start the target first"
		                        : lan_explain(rc));
		return CLI_FAILED;
	}
	search->lan_count++;
	return CLI_OK;
}

static int add_all_lans(struct search *search)
{
	char **names;
	size_t count;
	int status = CLI_OK;
	int rc = lan_list_interfaces(false, &names, &count);

	if (rc) {
		cli_error(&command, "interfaces: %s", strerror(-rc));
		return CLI_FAILED;
	}
	for (size_t i = 0; !status && i < count && i < LANS_MAX; i++)
		status = add_lan(search, names[i], false);
	if (!count) {
		cli_error(&command, "no Ethernet interface is up: bring one up with "
		                    "'ip link set IF up', or give --interface or --qemu");
		status = CLI_FAILED;
	}
	lan_free_names(names, count);
	return status;
}

static int set_option(struct search *search, int option, const char *value)
{
	char *end;
	double seconds;

	switch (option) {
	case OPT_INTERFACE:
		return add_lan(search, value, false);
	case OPT_QEMU:
		return add_lan(search, value, true);
	case OPT_JSON:
		search->json = true;
		return CLI_OK;
	default:
		seconds = strtod(value, &end);
		if (end == value || *end || !(seconds >= 0.01 && seconds <= 3600))
			return cli_usage(&command,
			                 "--timeout: '%s': not a number of seconds from 0.01 "
			                 "to 3600",
			                 value);
		search->timeout = (long)(seconds * 1000);
		return CLI_OK;
	}
}

/* Returns CLI_OK with *help set when there is nothing to do but what was printed. */
static int read_arguments(struct search *search, int argc, char **argv, bool *help)
{
	struct cli_parser parser;
	int option, status = CLI_OK;

	cli_start(&parser, &command, argc, argv);
	while ((option = cli_next(&parser)) >= 0)
		if (!status)
			status = set_option(search, option, parser.value);
	*help = option == CLI_STOP;
	if (option == CLI_STOP)
		return parser.status;
	if (!status && parser.index < argc)
		status = cli_usage(&command,
		                   "%s: there are no operands; an interface is given as "
		                   "--interface IF",
		                   argv[parser.index]);
	if (!status && !search->lan_count)
		status = add_all_lans(search);
	return status;
}

/* ---- the search ---- */

static void ask(struct search *search)
{
	for (size_t i = 0; i < search->lan_count; i++)
		asker_ask(&search->asker, search->lans[i]);
}

/* Takes what arrives until the deadline. */
static int listen_until(struct search *search, int64_t deadline)
{
	struct pollfd fds[LANS_MAX];
	int rc = 0;

	for (size_t i = 0; i < search->lan_count; i++)
		fds[i] = (struct pollfd){.fd = search->lans[i]->fd, .events = POLLIN};
	while (!rc && clock_now() < deadline) {
		int ready = poll(fds, search->lan_count, clock_poll(deadline));

		if (ready < 0 && errno != EINTR)
			return -errno;
		for (size_t i = 0; ready > 0 && !rc && i < search->lan_count; i++)
			if (fds[i].revents)
				rc = asker_receive(&search->asker, search->lans[i]);
	}
	return rc;
}

/* Asks twice, since on a LAN frames get lost. */
static int run(struct search *search)
{
	int64_t start = clock_now(), timeout = search->timeout * (CLOCK_SECOND / 1000);
	int rc;

	search->asker.survey = &search->survey;
	if (asker_open(&search->asker))
		return -ENOMEM;
	if (getrandom(&search->survey.tag, sizeof(search->survey.tag), 0) < 0)
		search->survey.tag = (uint32_t)start;
	ask(search);
	rc = listen_until(search, start + timeout / 2);
	if (!rc) {
		ask(search);
		rc = listen_until(search, start + timeout);
	}
	survey_finish(&search->survey);
	return rc;
}

/* ---- the result ---- */

static int print(const struct search *search)
{
	struct buffer out = {0};
	int rc;

	if (!search->survey.count && !search->json)
		return 0;
	rc = search->json ? survey_print_json(&search->survey, &out)
	                  : survey_print_table(&search->survey, &out);
	if (!rc && (fwrite(out.data, 1, out.size, stdout) != out.size || fflush(stdout)))
		rc = -errno;
	buffer_free(&out);
	return rc;
}

static void name_lan(struct buffer *names, const struct lan *lan)
{
	buffer_printf(names, "%s%s", names->size ? ", " : "", lan->name);
	if (lan->state == LAN_PORT)
		buffer_printf(names, " (a port of the %s: ask on %s)", lan->master,
		              lan_master_name(lan));
	else if (lan->state != LAN_UP)
		buffer_printf(names, " (link down)");
}

static int report(const struct search *search)
{
	struct buffer names = {0};
	int rc = print(search);

	if (rc)
		return rc;
	if (search->survey.count)
		return 0;
	for (size_t i = 0; i < search->lan_count; i++)
		name_lan(&names, search->lans[i]);
	cli_error(&command,
	          "%.*s: no target answered within %g s: is one serving there? AoE does not "
	          "pass routers or VLANs, and a target may be limited to some MACs",
	          (int)names.size, (const char *)names.data, (double)search->timeout / 1000);
	buffer_free(&names);
	return 1;
}

int discover_main(int argc, char **argv)
{
	struct search search = {.timeout = 1000};
	bool help;
	int status = read_arguments(&search, argc, argv, &help);
	int rc;

	if (!status && !help) {
		rc = run(&search);
		rc = rc ? rc : report(&search);
		if (rc < 0)
			cli_error(&command, "%s", strerror(-rc));
		status = rc ? CLI_FAILED : CLI_OK;
	}
	for (size_t i = 0; i < search.lan_count; i++)
		lan_close(search.lans[i]);
	survey_release(&search.survey);
	asker_close(&search.asker);
	return status;
}
