/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "images/image.h"

#include "tools/cli/cli.h"

static const struct cli_command command = {.name = "image", .synopsis = "", .summary = "Not there yet."};

int image_main(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return cli_usage(&command, "not there yet");
}
