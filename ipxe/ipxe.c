/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ipxe/ipxe.h"

#include <stdbool.h>
#include <string.h>

#include "ipxe/medium.h"
#include "ipxe/script.h"
#include "tools/cli/cli.h"
#include "tools/cli/outfile.h"

enum { KERNEL, INITRD, GENERATION, SERVER, SANBOOT, ROOT, APPEND, OUTPUT, ISO, USB };

/* Enough for a script that a person still wants to wait for. */
enum { SERVERS_MAX = 8 };

static const struct cli_option options[] = {
        [KERNEL] = {"kernel", 'k', "NAME",
                    "the kernel: a URL, or a name beside the script\n"
                    "(default: vmlinuz)"},
        [INITRD] = {"initrd", 'i', "NAME", "the initrd (default: initrd.img)"},
        [GENERATION] = {"generation", 'g', "NAME",
                        "a script of 'etherroot publish', which says where both are:\n"
                        "kernel and initrd are then ${generation}/vmlinuz and\n"
                        "${generation}/initrd.img by default, and the generation before is\n"
                        "tried when they cannot be loaded"},
        [SERVER] = {"server", 's', "URL",
                    "look for the names on this server instead of where the script came\n"
                    "from; may be repeated: the next one is tried when this one fails"},
        [SANBOOT] = {"sanboot", 0, "URI",
                     "when all else fails, start this disk (aoe:e0.0) by its own boot\n"
                     "loader; without a kernel, generation or server, start nothing else"},
        [ROOT] = {"root", 'r', "ROOT", "the kernel's root= (default: aoe:e0.0)"},
        [APPEND] = {"append", 'a', "ARGS", "further arguments for the kernel's command line"},
        [OUTPUT] = {"output", 'o', "FILE", "write the script to FILE (default: standard output)"},
        [ISO] = {"iso", 0, "FILE",
                 "write iPXE and the script to FILE, an image for a CD or a USB stick"},
        [USB] = {"usb", 0, "FILE", "the same"},
        {0},
};

static const struct cli_command command = {
        .name = "ipxe",
        .synopsis = "[--kernel NAME] [--initrd NAME] [--generation NAME] [--server URL]...\n"
                    "                      [--sanboot URI] [--root ROOT] [--append ARGS]\n"
                    "                      [--output FILE|--iso FILE]",
        .summary = "Prints the iPXE script that starts a machine, or makes a medium with it.",
        .options = options,
        .more = "Names without a scheme (tftp://, http://) are looked for where the script came\n"
                "from. ${NAME} in any of them is a setting that iPXE fills in on the machine.",
};

static int write_medium(const char *path, const struct buffer *text)
{
	bool uefi_reads;
	struct why why;

	if (medium_write(path, text, &uefi_reads, &why)) {
		cli_error(&command, "%s: nothing was written", why.text);
		return CLI_FAILED;
	}
	if (!uefi_reads)
		cli_error(&command,
		          "%s: a machine with UEFI asks DHCP for its script: this package of iPXE "
		          "reads none from its medium (Debian 13's does)",
		          path);
	return CLI_OK;
}

static int write_script(const char *path, const struct buffer *text)
{
	int rc = outfile_save(path, text->data, text->size);

	if (!rc)
		return CLI_OK;
	cli_error(&command, "%s: %s: nothing was written", path, strerror(-rc));
	return CLI_FAILED;
}

static void choose_names(struct script *script)
{
	bool named = script->generation != NULL;

	if (script->sanboot && !script->kernel && !script->initrd && !named &&
	    !script->server_count)
		return; /* the disk, and nothing else */
	if (!script->kernel)
		script->kernel = named ? "${generation}/vmlinuz" : "vmlinuz";
	if (!script->initrd)
		script->initrd = named ? "${generation}/initrd.img" : "initrd.img";
}

/* What the command line says beside the script's own words. */
struct arguments {
	const char *output, *medium;
	const char *servers[SERVERS_MAX];
};

static int take_server(struct arguments *arguments, struct script *script, const char *url)
{
	if (script->server_count == SERVERS_MAX)
		return cli_usage(&command, "--server %s: one more than the %d that are tried", url,
		                 SERVERS_MAX);
	arguments->servers[script->server_count++] = url;
	script->servers = arguments->servers;
	return CLI_OK;
}

static int take_medium(struct arguments *arguments, const char *name, const char *path)
{
	if (arguments->medium)
		return cli_usage(&command, "--%s %s: one medium at a time", name, path);
	arguments->medium = path;
	return CLI_OK;
}

static int take(struct arguments *arguments, struct script *script, int option, const char *value)
{
	const char **places[] = {[KERNEL] = &script->kernel,
	                         [INITRD] = &script->initrd,
	                         [GENERATION] = &script->generation,
	                         [SANBOOT] = &script->sanboot,
	                         [ROOT] = &script->root,
	                         [APPEND] = &script->append,
	                         [OUTPUT] = &arguments->output};

	if (option == SERVER)
		return take_server(arguments, script, value);
	if (option == ISO || option == USB)
		return take_medium(arguments, options[option].name, value);
	*places[option] = value;
	return CLI_OK;
}

/* Reads the command line. Returns an enum cli_exit; *done says that there is nothing to do. */
static int read_arguments(int argc, char **argv, struct script *script, struct arguments *arguments,
                          bool *done)
{
	struct cli_parser parser;
	int option, status = CLI_OK;

	cli_start(&parser, &command, argc, argv);
	while ((option = cli_next(&parser)) >= 0) {
		status = take(arguments, script, option, parser.value);
		if (status)
			parser.argc = 0; /* one message is enough: the rest is not looked at */
	}
	*done = option == CLI_STOP;
	if (*done)
		return parser.status;
	if (status)
		return status;
	if (parser.index < argc)
		return cli_usage(&command, "%s: nothing is expected here", argv[parser.index]);
	if (arguments->output && arguments->medium)
		return cli_usage(&command, "--output %s: the script is on the medium already",
		                 arguments->output);
	choose_names(script);
	return CLI_OK;
}

int ipxe_main(int argc, char **argv)
{
	struct script script = {.root = "aoe:e0.0", .append = ""};
	struct arguments arguments = {0};
	struct buffer text = {0};
	bool done = false;
	struct why why;
	int status = read_arguments(argc, argv, &script, &arguments, &done);

	if (status || done)
		return status;
	if (script_write(&script, &text, &why))
		status = cli_usage(&command, "%s", why.text);
	else if (arguments.medium)
		status = write_medium(arguments.medium, &text);
	else
		status = write_script(arguments.output ? arguments.output : "-", &text);
	buffer_free(&text);
	return status;
}
