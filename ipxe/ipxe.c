/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ipxe/ipxe.h"

#include <stdbool.h>
#include <string.h>

#include "ipxe/medium.h"
#include "ipxe/script.h"
#include "tools/cli/cli.h"
#include "tools/cli/outfile.h"

enum { KERNEL, INITRD, GENERATION, ROOT, APPEND, OUTPUT, ISO, USB };

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
        .synopsis = "[--kernel NAME] [--initrd NAME] [--generation NAME] [--root ROOT] "
                    "[--append ARGS]\n                      [--output FILE|--iso FILE]",
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

	if (!script->kernel)
		script->kernel = named ? "${generation}/vmlinuz" : "vmlinuz";
	if (!script->initrd)
		script->initrd = named ? "${generation}/initrd.img" : "initrd.img";
}

/* What is made of the script. */
struct outputs {
	const char *script, *medium;
};

/* Reads the command line. Returns an enum cli_exit; *done says that there is nothing to do. */
static int read_arguments(int argc, char **argv, struct script *script, struct outputs *outputs,
                          bool *done)
{
	const char **places[] = {[KERNEL] = &script->kernel,         [INITRD] = &script->initrd,
	                         [GENERATION] = &script->generation, [ROOT] = &script->root,
	                         [APPEND] = &script->append,         [OUTPUT] = &outputs->script,
	                         [ISO] = &outputs->medium,           [USB] = &outputs->medium};
	struct cli_parser parser;
	int option;

	cli_start(&parser, &command, argc, argv);
	while ((option = cli_next(&parser)) >= 0) {
		if ((option == ISO || option == USB) && outputs->medium)
			return cli_usage(&command, "--%s %s: one medium at a time",
			                 options[option].name, parser.value);
		*places[option] = parser.value;
	}
	*done = option == CLI_STOP;
	if (*done)
		return parser.status;
	if (parser.index < argc)
		return cli_usage(&command, "%s: nothing is expected here", argv[parser.index]);
	if (outputs->script && outputs->medium)
		return cli_usage(&command, "--output %s: the script is on the medium already",
		                 outputs->script);
	choose_names(script);
	return CLI_OK;
}

int ipxe_main(int argc, char **argv)
{
	struct script script = {.root = "aoe:e0.0", .append = ""};
	struct outputs outputs = {NULL, NULL};
	struct buffer text = {0};
	bool done = false;
	struct why why;
	int status = read_arguments(argc, argv, &script, &outputs, &done);

	if (status || done)
		return status;
	if (script_write(&script, &text, &why))
		status = cli_usage(&command, "%s", why.text);
	else if (outputs.medium)
		status = write_medium(outputs.medium, &text);
	else
		status = write_script(outputs.script ? outputs.script : "-", &text);
	buffer_free(&text);
	return status;
}
