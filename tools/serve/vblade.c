/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vblade's command line on this target, for scripts and cluster agents that call vblade. Wrong
 * usage exits with 1, as vblade does, since those scripts may look.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/cli/cli.h"
#include "tools/serve/config/command.h"
#include "tools/serve/serve.h"

static const char program[] = "etherroot-vblade";

static int usage(void)
{
	fprintf(stderr,
	        "usage: %s [-b bufcnt] [-o offset] [-l length] [-B] [-d] [-s] [-r] "
	        "[-m mac[,mac...]] shelf slot netif[,netif...] filename\n",
	        program);
	return CLI_FAILED;
}

static int wrong(const char *what, const char *value, const char *why)
{
	fprintf(stderr, "%s: %s '%s': %s\n", program, what, value, why);
	return usage();
}

static int read_number(const char *what, const char *value, unsigned long low, unsigned long high,
                       unsigned long *number)
{
	char range[64];

	if (!cli_number(value, low, high, number))
		return CLI_OK;
	snprintf(range, sizeof(range), "not a number from %lu to %lu", low, high);
	return wrong(what, value, range);
}

static int read_size(const char *what, const char *value, uint64_t low, uint64_t *sectors)
{
	struct why why;

	return sectors_parse(value, low, sectors, &why) ? wrong(what, value, why.text) : CLI_OK;
}

static int read_buffers(struct plan *plan, const char *value)
{
	unsigned long number;
	int status = read_number("-b", value, 1, UINT16_MAX, &number);

	/* Linux halves it: a single one would make the disk unusable. */
	plan->buffers = status ? 0 : number < 2 ? 2 : (unsigned int)number;
	return status;
}

static int read_options(struct plan *plan, struct export_options *export, int argc, char **argv)
{
	struct why why;
	int option, status = CLI_OK;

	opterr = 0;
	while (!status && (option = getopt(argc, argv, "b:Bdsro:l:m:")) != -1) {
		switch (option) {
		case 'b':
			status = read_buffers(plan, optarg);
			break;
		case 'd':
			export->file.direct = true;
			break;
		case 'B': /* taken from scripts that have it; there is nothing that it changes here
		           */
		case 's': /* writes are always stable before they are acknowledged */
			break;
		case 'r':
			export->file.read_only = true;
			break;
		case 'o':
			status = read_size("-o", optarg, 0, &export->file.offset);
			break;
		case 'l':
			status = read_size("-l", optarg, 1, &export->file.length);
			break;
		case 'm':
			if (export_add_macs(export, optarg, &why))
				status = wrong("-m", optarg, why.text);
			break;
		default:
			fprintf(stderr, "%s: invalid option -- '%c'\n", program, optopt);
			status = usage();
		}
	}
	return status;
}

/* One interface, or several with commas between them. */
static int add_interfaces(struct plan *plan, const char *list)
{
	char name[IFNAMSIZ];

	for (const char *p = list;; p++) {
		size_t length = strcspn(p, ",");

		if (!length || length >= sizeof(name))
			return wrong("netif", list,
			             "not the name of an interface, nor a list of them");
		memcpy(name, p, length);
		name[length] = '\0';
		if (plan_add_lan(plan, name, false, (struct place){0}))
			return CLI_FAILED;
		p += length;
		if (!*p)
			return CLI_OK;
	}
}

static int read_operands(struct plan *plan, struct export_options *export, char **operand)
{
	unsigned long shelf = 0, slot = 0;
	int status = read_number("shelf", operand[0], 0, AOE_SHELF_MAX, &shelf);

	if (!status)
		status = read_number("slot", operand[1], 0, AOE_SLOT_MAX, &slot);
	if (!status)
		status = add_interfaces(plan, operand[2]);
	if (status)
		return status;
	export->address = (struct aoe_address){(uint16_t)shelf, (uint8_t)slot};
	/* Parts of one disk are often exported side by side, each by a process of its own. */
	export->file.lock = !export->file.offset && !export->file.length;
	export->file.path = strdup(operand[3]);
	if (!export->file.path || plan_add_export(plan, export)) {
		export_options_release(export);
		fprintf(stderr, "%s: %s\n", program, strerror(ENOMEM));
		return CLI_FAILED;
	}
	return CLI_OK;
}

int serve_vblade_main(int argc, char **argv)
{
	struct export_options export = {0};
	struct command_line line = {.name = program, .ready_fd = -1};
	int status = read_options(&line.plan, &export, argc, argv);

	if (!status && argc - optind != 4)
		status = usage();
	if (!status)
		status = read_operands(&line.plan, &export, argv + optind);
	if (!status)
		status = serve_run(&line);
	command_release(&line);
	return status ? CLI_FAILED : CLI_OK;
}
