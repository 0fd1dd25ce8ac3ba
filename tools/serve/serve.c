/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/serve.h"

#include "tools/cli/cli.h"

static const struct cli_command command = {.name = "serve", .synopsis = "", .summary = "Not there yet."};

int serve_main(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return cli_usage(&command, "not there yet");
}

int serve_vblade_main(int argc, char **argv)
{
	return serve_main(argc, argv);
}
