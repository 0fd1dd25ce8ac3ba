/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vblade's command line on this target, for scripts and cluster agents that call vblade. Wrong
 * usage exits with 1, as vblade does, since those scripts may look.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/cli/cli.h"
#include "tools/serve/config/plan.h"
#include "tools/serve/serve.h"

static const char program[] = "etherroot-vblade";

static int usage(void)
{
	fprintf(stderr,
	        "usage: %s [-b bufcnt] [-o offset] [-l length] [-d] [-s] [-r] "
	        "[-m mac[,mac...]] shelf slot netif filename\n",
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

static int read_options(struct plan *plan, struct export_options *export, int argc, char **argv)
{
	const unsigned long most = (1UL << 48) - 1;
	unsigned long number;
	struct why why;
	int option, status = CLI_OK;

	opterr = 0;
	while (!status && (option = getopt(argc, argv, "b:dsro:l:m:")) != -1) {
		switch (option) {
		case 'b':
			status = read_number("-b", optarg, 1, UINT16_MAX, &number);
			/* Linux halves it: a single one would make the disk unusable. */
			plan->buffers = status ? 0 : number < 2 ? 2 : (unsigned int)number;
			break;
		case 'd':
			export->file.direct = true;
			break;
		case 's': /* writes are always stable before they are acknowledged */
			break;
		case 'r':
			export->file.read_only = true;
			break;
		case 'o':
			status = read_number("-o", optarg, 0, most, &number);
			export->file.offset = status ? 0 : number;
			break;
		case 'l':
			status = read_number("-l", optarg, 1, most, &number);
			export->file.length = status ? 0 : number;
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

static int read_operands(struct plan *plan, struct export_options *export, char **operand)
{
	unsigned long shelf = 0, slot = 0;
	int status = read_number("shelf", operand[0], 0, AOE_SHELF_MAX, &shelf);

	if (!status)
		status = read_number("slot", operand[1], 0, AOE_SLOT_MAX, &slot);
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
	return plan_add_lan(plan, operand[2], false) ? CLI_FAILED : CLI_OK;
}

int serve_vblade_main(int argc, char **argv)
{
	struct export_options export = {0};
	struct plan plan = PLAN_EMPTY;
	int status = read_options(&plan, &export, argc, argv);

	if (!status && argc - optind != 4)
		status = usage();
	if (!status)
		status = read_operands(&plan, &export, argv + optind);
	if (!status)
		status = serve_plan(&plan);
	plan_release(&plan);
	return status;
}
