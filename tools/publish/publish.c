/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The story of `etherroot publish`: a disk's kernel, with an initrd for it, where machines load it.
 */
#include "tools/publish/publish.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/cli/cli.h"
#include "tools/disk/image.h"
#include "tools/host/args.h"
#include "tools/host/child.h"
#include "tools/host/clock.h"
#include "tools/host/files.h"
#include "tools/host/self.h"
#include "tools/inventory/inventory.h"
#include "tools/publish/generations.h"
#include "tools/publish/machines.h"

/* An initrd takes a second. */
#define INITRD_DEADLINE (300 * CLOCK_SECOND)

enum {
	DISK,
	OUTPUT,
	KERNEL,
	DRIVERS,
	FILESYSTEMS,
	MODULE,
	SHELL,
	COMPRESS,
	BACK,
	TRIAL,
	QUIET,
	ROOT
};

static const struct cli_option options[] = {
        [DISK] = {"disk", 'D', "PATH",
                  "a disk image or block device with the machine's root (ext4), which\n"
                  "may be in use"},
        [OUTPUT] = {"output", 'o', "FOLDER", "where machines load them from; made if missing"},
        [KERNEL] = {"kernel", 'k', "VERSION",
                    "this kernel of the disk (default: the newest that is wholly\n"
                    "installed)"},
        [DRIVERS] = {"drivers", 'd', "LIST", "as initrd has it (default: all)"},
        [FILESYSTEMS] = {"fs", 'f', "LIST", "as initrd has it (default: ext4)"},
        [MODULE] = {"module", 'm', "NAME", "as initrd has it; may be repeated"},
        [SHELL] = {"shell", 's', NULL, "as initrd has it: this machine's busybox"},
        [COMPRESS] = {"compress", 'c', "FORMAT", "as initrd has it (default: zstd)"},
        [BACK] = {"back", 'b', NULL,
                  "go back to the generation before; the disk is not looked at, and\n"
                  "what it has now is not published again"},
        [TRIAL] = {"trial", 't', "URL", "what is new is on trial: its starts are counted there"},
        [QUIET] = {"quiet", 'q', NULL, "say nothing of what has not changed"},
        [ROOT] = {"root", 0, "DIR", "the root folder of the inventory's server (default: /)"},
        {0},
};

static const struct cli_command command = {
        .name = "publish",
        .synopsis = "[NAME|OPTION]... | --disk PATH --output FOLDER [OPTION]...",
        .summary = "Puts a disk's kernel, with an initrd for it, where machines load them.\n"
                   "Without --disk: those of the machines NAME, or of all, of " INVENTORY_PATH ".",
        .options = options,
        .more = "Each pair stays in a folder of its own; FOLDER/" GENERATIONS_SCRIPT " names the "
                "one to boot\n"
                "and the one before, and 'etherroot ipxe --generation " GENERATIONS_SCRIPT
                "' loads it. When\n"
                "nothing has changed on the disk, nothing is done. The disk is not mounted.",
};

/* What the user asked for. The strings are the command line's. */
struct request {
	const char *disk, *output, *kernel, *trial, *root;
	bool back, quiet;
	struct args initrd; /* the options that are handed on to it */
	char **names;       /* of machines, up to a NULL */
};

/* ---- the command line --------------------------------------------------------------------------
 */

static void take_option(struct request *request, int option, const char *value)
{
	switch (option) {
	case DISK:
		request->disk = value;
		return;
	case OUTPUT:
		request->output = value;
		return;
	case KERNEL:
		request->kernel = value;
		return;
	case TRIAL:
		request->trial = value;
		return;
	case ROOT:
		request->root = value;
		return;
	case BACK:
		request->back = true;
		return;
	case QUIET:
		request->quiet = true;
		return;
	}
	args_add(&request->initrd, "--%s", options[option].name);
	if (value)
		args_add(&request->initrd, "%s", value);
}

static bool is_of_one_disk(const struct request *request)
{
	return request->disk || request->output || request->trial;
}

static int check_machines(const struct request *request)
{
	if (request->kernel && !*request->names)
		return cli_usage(&command, "--kernel: of which machine? NAME is needed");
	if (request->back && !*request->names)
		return cli_usage(&command, "--back: of which machine? NAME, or --output FOLDER");
	if (request->back && (request->kernel || request->initrd.n))
		return cli_usage(&command, "--back: no other kernel and no options are taken");
	return -1;
}

static int check_disk(const struct request *request)
{
	if (*request->names)
		return cli_usage(&command,
		                 "%s: a machine's name stands without --disk and --output",
		                 *request->names);
	if (request->root)
		return cli_usage(&command, "--root: stands without --disk and --output");
	if (!request->output || !*request->output)
		return cli_usage(&command, "--output FOLDER: where are they to go?");
	if (request->back && (request->disk || request->kernel || request->initrd.n))
		return cli_usage(&command, "--back: only together with --output");
	if (!request->back && (!request->disk || !*request->disk))
		return cli_usage(&command, "--disk PATH: which disk has the kernel?");
	if (request->trial && !names_is_url(request->trial))
		return cli_usage(&command, "--trial %s: not a URL that may stand in a script",
		                 request->trial);
	return -1;
}

/* Returns an enum cli_exit, or -1 when the work can begin. */
static int read_command_line(struct request *request, int argc, char **argv)
{
	struct cli_parser parser;
	int option;

	cli_start(&parser, &command, argc, argv);
	while ((option = cli_next(&parser)) >= 0)
		take_option(request, option, parser.value);
	if (option == CLI_STOP)
		return parser.status;
	request->names = argv + parser.index;
	return is_of_one_disk(request) ? check_disk(request) : check_machines(request);
}

/* ---- publishing --------------------------------------------------------------------------------
 */

static int fail(const char *what, const char *why)
{
	cli_error(&command, "%s%s%s", what ? what : "", what ? ": " : "", why);
	return CLI_FAILED;
}

/* What a generation is made of beside the disk: another version of us makes another initrd. */
static char *describe_options(const struct request *request)
{
	char *all = args_text("etherroot %s", ETHERROOT_VERSION);

	for (size_t i = 0; i < request->initrd.n; i++) {
		char *longer = args_text("%s %s", all, request->initrd.v[i]);

		free(all);
		all = longer;
	}
	return all;
}

/* Lines "VERSION HASH" of the generations that were made with the same options. */
static char *known_trees(const struct generations *generations, const char *described)
{
	char *all = generations_identities(generations), *rest = all, *line;
	char *known = args_text("%s", "");

	while ((line = strsep(&rest, "\n"))) {
		char *tab = strchr(line, '\t'), *longer;

		if (!tab || strcmp(tab + 1, described) != 0)
			continue;
		longer = args_text("%s%.*s\n", known, (int)(tab - line), line);
		free(known);
		known = longer;
	}
	free(all);
	return known;
}

static int make_initrd(const struct request *request, const char *version, const char *tree,
                       const char *folder)
{
	struct child_io io = CHILD_IO;
	struct args args = {0};
	int status;

	io.err = STDERR_FILENO;
	self_args(&args, "initrd");
	args_add(&args, "--kernel");
	args_add(&args, "%s", version);
	args_add(&args, "--root");
	args_add(&args, "%s", tree);
	args_add(&args, "--output");
	args_add(&args, "%s/%s", folder, GENERATIONS_INITRD);
	for (size_t i = 0; i < request->initrd.n; i++)
		args_add(&args, "%s", request->initrd.v[i]);
	status = child_run(args.v, &io, clock_now() + INITRD_DEADLINE, -1);
	args_free(&args);
	if (status < 0)
		return fail("etherroot initrd", strerror(-status));
	return status ? CLI_FAILED : CLI_OK; /* it has said why */
}

static int move_kernel(const char *tree, const char *folder)
{
	char *from = args_text("%s/vmlinuz", tree);
	char *to = args_text("%s/%s", folder, GENERATIONS_KERNEL);
	int status = rename(from, to) < 0 ? fail(to, strerror(errno)) : CLI_OK;

	free(to);
	free(from);
	return status;
}

static void tell(const struct request *request, const struct generations *generations,
                 const char *name, const struct image_tree *tree, const char *more)
{
	printf("%s/%s: kernel %s of %s%s\n", generations->path, name, tree->version, request->disk,
	       more);
}

/* The disk has what one of the two is of; the one before, when somebody went back. */
static int tell_unchanged(const struct request *request, const struct generations *generations,
                          const struct image_tree *tree, const char *identity)
{
	bool current = generations->names.current &&
	               generations_is(generations, generations->names.current, identity);

	if (request->quiet)
		return CLI_OK;
	tell(request, generations,
	     current ? generations->names.current : generations->names.previous, tree,
	     current ? ": nothing has changed"
	             : ": nothing has changed, and it was gone back from");
	return CLI_OK;
}

/* The tree has been taken into the fresh generation's folder. */
static int make_generation(const struct request *request, struct generations *generations,
                           const struct image_tree *tree, const char *root, const char *identity)
{
	struct why why;
	int status = make_initrd(request, tree->version, root, generations->fresh);

	if (!status)
		status = move_kernel(root, generations->fresh);
	if (status)
		return status;
	files_remove_tree(root);
	if (generations_same(generations)) {
		if (generations_adopt(generations, identity, &why))
			return fail(NULL, why.text);
		return tell_unchanged(request, generations, tree, identity);
	}
	if (generations_commit(generations, tree->version, identity, &why))
		return fail(NULL, why.text);
	tell(request, generations, generations->names.current, tree, "");
	return CLI_OK;
}

static int publish_tree(const struct request *request, struct generations *generations,
                        const struct image *image)
{
	char *described = describe_options(request);
	char *known = known_trees(generations, described);
	char *root = args_text("%s/tree", generations->fresh), *identity = NULL;
	struct image_tree tree;
	struct why why;
	int rc = image_take_tree(image, request->kernel, known, root, &tree, &why), status;

	if (rc) {
		status = fail(request->disk, why.text);
	} else {
		if (tree.passed)
			cli_error(&command, "%s: kernel %s is not wholly installed yet: taking %s",
			          request->disk, tree.passed, tree.version);
		identity = args_text("%s\t%s", tree.identity, described);
		status = tree.taken ? make_generation(request, generations, &tree, root, identity)
		                    : tell_unchanged(request, generations, &tree, identity);
	}
	free(identity);
	image_tree_free(&tree);
	free(root);
	free(known);
	free(described);
	return status;
}

static int publish(const struct request *request, struct generations *generations)
{
	struct image image;
	struct why why;
	int status;

	if (image_open(&image, request->disk, -1, &why))
		status = fail(request->disk, why.text);
	else if (generations_begin(generations, &why))
		status = fail(NULL, why.text);
	else
		status = publish_tree(request, generations, &image);
	image_close(&image);
	return status;
}

static int go_back(struct generations *generations)
{
	struct why why;

	if (generations_swap(generations, &why))
		return fail(NULL, why.text);
	printf("%s/%s\n", generations->path, generations->names.current);
	return CLI_OK;
}

static int publish_disk(const struct request *request)
{
	struct generations generations;
	struct why why;
	int status;

	if (generations_open(&generations, request->output, &why)) {
		status = fail(NULL, why.text);
	} else {
		generations.trial = request->trial;
		status = request->back ? go_back(&generations) : publish(request, &generations);
	}
	generations_close(&generations);
	return status;
}

static int publish_machines(struct request *request)
{
	const struct machines_request machines = {.root = request->root,
	                                          .names = request->names,
	                                          .options = &request->initrd,
	                                          .kernel = request->kernel,
	                                          .back = request->back,
	                                          .quiet = request->quiet};

	return machines_publish(&command, &machines);
}

int publish_main(int argc, char **argv)
{
	struct request request = {0};
	int status = read_command_line(&request, argc, argv);

	if (status < 0)
		status = is_of_one_disk(&request) ? publish_disk(&request)
		                                  : publish_machines(&request);
	args_free(&request.initrd);
	return status;
}
