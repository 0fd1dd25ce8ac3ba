/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ipxe/ipxe.h"

#include <string.h>

#include "ipxe/script.h"
#include "tools/cli/cli.h"
#include "tools/cli/outfile.h"

enum { KERNEL, INITRD, ROOT, APPEND, OUTPUT };

static const struct cli_option options[] = {
        [KERNEL] = {"kernel", 'k', "NAME",
                    "the kernel: a URL, or a name beside the script\n"
                    "(default: vmlinuz)"},
        [INITRD] = {"initrd", 'i', "NAME", "the initrd (default: initrd.img)"},
        [ROOT] = {"root", 'r', "ROOT", "the kernel's root= (default: aoe:e0.0)"},
        [APPEND] = {"append", 'a', "ARGS", "further arguments for the kernel's command line"},
        [OUTPUT] = {"output", 'o', "FILE", "write the script to FILE (default: standard output)"},
        {0},
};

static const struct cli_command command = {
        .name = "ipxe",
        .synopsis = "[--kernel NAME] [--initrd NAME] [--root ROOT] [--append ARGS]",
        .summary = "Prints the iPXE script that starts a machine.",
        .options = options,
        .more = "Names without a scheme (tftp://, http://) are looked for where the script came\n"
                "from. ${NAME} in any of them is a setting that iPXE fills in on the machine.",
};

static int write_script(const char *path, const struct buffer *text)
{
	struct outfile out;
	int rc = outfile_open(&out, path, OUTFILE_NAMELESS);

	if (!rc) {
		rc = outfile_write(&out, text->data, text->size);
		if (rc)
			outfile_abort(&out);
		else
			rc = outfile_commit(&out);
	}
	if (rc)
		cli_error(&command, "%s: %s: nothing was written", path, strerror(-rc));
	return rc;
}

int ipxe_main(int argc, char **argv)
{
	struct script script = {
	        .kernel = "vmlinuz", .initrd = "initrd.img", .root = "aoe:e0.0", .append = ""};
	const char **places[] = {[KERNEL] = &script.kernel,
	                         [INITRD] = &script.initrd,
	                         [ROOT] = &script.root,
	                         [APPEND] = &script.append};
	const char *output = "-";
	struct cli_parser parser;
	struct buffer text = {0};
	struct why why;
	int option;
	int status;

	cli_start(&parser, &command, argc, argv);
	while ((option = cli_next(&parser)) >= 0)
		*(option == OUTPUT ? &output : places[option]) = parser.value;
	if (option == CLI_STOP)
		return parser.status;
	if (parser.index < argc)
		return cli_usage(&command, "%s: nothing is expected here", argv[parser.index]);
	if (script_write(&script, &text, &why))
		status = cli_usage(&command, "%s", why.text);
	else
		status = write_script(output, &text) ? CLI_FAILED : CLI_OK;
	buffer_free(&text);
	return status;
}
