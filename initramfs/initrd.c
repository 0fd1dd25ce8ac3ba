/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initramfs/initrd.h"

#include "tools/cli/cli.h"

static const struct cli_command command = {.name = "initrd", .synopsis = "", .summary = "Not there yet."};

int initrd_main(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return cli_usage(&command, "not there yet");
}
