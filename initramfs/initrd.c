/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initramfs/initrd.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "initramfs/compression.h"
#include "initramfs/conffile.h"
#include "initramfs/content.h"
#include "initramfs/drivers.h"
#include "initramfs/extras.h"
#include "initramfs/filesystems.h"
#include "initramfs/firmware.h"
#include "initramfs/index.h"
#include "initramfs/kconfig.h"
#include "initramfs/listing.h"
#include "initramfs/modset.h"
#include "initramfs/programs.h"
#include "initramfs/tree.h"
#include "tools/cli/cli.h"
#include "tools/cli/outfile.h"
#include "tools/cli/why.h"

static const char busybox[] = "/bin/busybox";

enum {
	KERNEL,
	ROOT,
	OUTPUT,
	DRIVERS,
	FILESYSTEMS,
	MODULE,
	ADD,
	PROGRAM,
	FSCK,
	VERITY,
	SHELL,
	INIT,
	COMPRESS,
	CONFIG,
	LIST,
	JSON,
};

static const struct cli_option options[] = {
        [KERNEL] = {"kernel", 'k', "VERSION",
                    "the kernel that the image is for, as 'uname -r' prints it;\n"
                    "may be left out where there is only one"},
        [ROOT] = {"root", 'r', "DIR", "take the modules from DIR's lib/modules (default: /)"},
        [OUTPUT] = {"output", 'o', "FILE", "write the image to FILE; '-' is standard output"},
        [DRIVERS] = {"drivers", 'd', "LIST",
                     "network drivers: 'this' (this machine's), 'virtual' (those of\n"
                     "virtual machines), 'all' (every Ethernet driver; the default)\n"
                     "or names of modules, separated by commas"},
        [FILESYSTEMS] = {"fs", 'f', "LIST",
                         "file systems that a root may have, or 'all' (default: ext4)"},
        [MODULE] = {"module", 'm', "NAME",
                    "add a module, to be loaded at every boot before the network\n"
                    "drivers; may be repeated"},
        [ADD] = {"add", 'a', "SRC:DST", "add the file or directory SRC as DST; may be repeated"},
        [PROGRAM] = {"program", 'p', "PATH",
                     "add a program of DIR, with the libraries that it needs; may be repeated"},
        [FSCK] = {"fsck", 0, NULL,
                  "add e2fsck: an ext4 root that is to be written is checked first"},
        [VERITY] = {"verity", 0, NULL, "add dm-verity, for roothash= on the kernel command line"},
        [SHELL] = {"shell", 's', NULL, "add busybox, for the rescue shell"},
        [INIT] = {"init", 0, "FILE", "take FILE in place of etherroot's own init"},
        [COMPRESS] = {"compress", 'c', "FORMAT",
                      "zstd (default), xz, gzip or none; FORMAT:LEVEL sets a level"},
        [CONFIG] = {"config", 0, "FILE",
                    "take options from FILE too, one a line without the dashes;\n"
                    "what follows here comes after them"},
        [LIST] = {"list", 'l', NULL, "list the image's files and why each is there"},
        [JSON] = {"json", 0, NULL, "list as JSON"},
        {0},
};

static const struct cli_command command = {
        .name = "initrd",
        .synopsis = "--kernel VERSION [--root DIR] --output FILE",
        .summary = "Builds the small initrd that finds a root on the network (AoE) and starts it.",
        .options = options,
        .more = "The same input gives the same bytes, whatever the clock, the user and the "
                "machine.\n"
                "No privileges are needed. FILE changes only when the new image is complete.",
};

/* What the user asked for. The strings are the command line's, or belong to settings. */
struct request {
	const char *kernel;
	const char *root;
	const char *output;
	const char *drivers;
	const char *filesystems;
	const char *init;
	const char **modules, **files, **programs; /* owned; in the user's order */
	size_t module_count, file_count, program_count;
	struct conffile settings;
	bool verity, shell, list, json;
	struct compression compression;
	bool compression_chosen; /* by the user */
};

static int remember(const char ***list, size_t *count, const char *value)
{
	const char **grown = realloc(*list, (*count + 1) * sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	*list = grown;
	grown[(*count)++] = value;
	return 0;
}

static int take_option(struct request *request, int option, const char *value, struct why *why)
{
	switch (option) {
	case KERNEL:
		request->kernel = value;
		return 0;
	case ROOT:
		request->root = value;
		return 0;
	case OUTPUT:
		request->output = value;
		return 0;
	case DRIVERS:
		request->drivers = value;
		return 0;
	case FILESYSTEMS:
		request->filesystems = value;
		return 0;
	case MODULE:
		return remember(&request->modules, &request->module_count, value);
	case ADD:
		return remember(&request->files, &request->file_count, value);
	case PROGRAM:
		return remember(&request->programs, &request->program_count, value);
	case FSCK:
		return remember(&request->programs, &request->program_count, "/sbin/e2fsck");
	case VERITY:
		request->verity = true;
		return 0;
	case SHELL:
		request->shell = true;
		return 0;
	case INIT:
		request->init = value;
		return 0;
	case COMPRESS:
		request->compression_chosen = true;
		return compression_parse(value, &request->compression, why);
	case JSON:
		request->json = true;
		/* fall through */
	default:
		request->list = true;
		return 0;
	}
}

static int option_of_name(const char *name)
{
	int option = 0;

	while (strcmp(options[option].name, name) != 0)
		option++;
	return option;
}

/* Each setting is an option of its name: a file's settings name no file again. */
static int take_settings(struct request *request, const char *path, struct why *why)
{
	size_t i = request->settings.count;
	int rc = conffile_read(&request->settings, path, why);

	for (; !rc && i < request->settings.count; i++) {
		const struct setting *setting = &request->settings.list[i];
		struct why what = {"out of memory"};

		rc = take_option(request, option_of_name(setting->name), setting->value, &what);
		if (rc)
			why_set(why, rc, "%s:%lu:%lu: %s", path, setting->place.line,
			        setting->place.column, what.text);
	}
	return rc;
}

/* Returns an enum cli_exit, or -1 when the work can begin. */
static int read_command_line(struct request *request, int argc, char **argv)
{
	struct cli_parser parser;
	int bad = 0;
	int option;

	*request = (struct request){.root = "/",
	                            .drivers = "all",
	                            .filesystems = "ext4",
	                            .compression = compression_of(COMPRESS_ZSTD)};
	cli_start(&parser, &command, argc, argv);
	while ((option = cli_next(&parser)) >= 0) {
		struct why why = {"out of memory"};

		if (!bad && (option == CONFIG ? take_settings(request, parser.value, &why)
		                              : take_option(request, option, parser.value, &why)))
			bad = cli_usage(&command, "--%s: %s", options[option].name, why.text);
	}
	if (option == CLI_STOP)
		return parser.status;
	if (bad)
		return bad;
	if (parser.index < argc)
		return cli_usage(&command, "%s: nothing is expected here", argv[parser.index]);
	if (!request->output && !request->list)
		return cli_usage(&command, "--output FILE: where is the image to go?");
	if (request->output && !*request->output)
		return cli_usage(&command, "--output: the name is empty");
	if (request->output && !strcmp(request->output, "-") && isatty(STDOUT_FILENO))
		return cli_usage(&command,
		                 "standard output is a terminal, and the image is no text: "
		                 "give --output FILE, or pipe it into another program");
	return -1;
}

/* What is made on the way, each released by its owner at one place. */
struct work {
	struct tree tree;
	struct modset modules;
	struct buffer filesystems; /* /etc/filesystems */
	struct content content;
	struct buffer warnings; /* a line each */
	struct buffer archive;
	struct buffer compressed;
};

static int add_module(struct modset *modules, const char *name, const char *reason, struct why *why)
{
	int rc = modset_add(modules, name, reason, why);

	if (rc != MODSET_NONE)
		return rc < 0 ? rc : 0;
	return why_set(why, -ENOENT, "module %s: kernel %s has no such module", name,
	               modules->tree->version);
}

/*
 * What words on the kernel command line may ask for, whoever boots the image: it should not have to
 * be built anew for that. Not every kernel has them.
 */
static int add_asked_for(struct modset *modules, struct why *why)
{
	int rc =
	        modset_add(modules, "netconsole", "rd.netconsole= on the kernel command line", why);

	if (rc >= 0)
		rc = modset_add(modules, "overlay", "rd.overlay on the kernel command line", why);
	return rc < 0 ? rc : 0;
}

/* dm-verity, and the hash that trees are made with, which it asks the kernel for by name. */
static int add_verity(struct modset *modules, struct why *why)
{
	int rc = add_module(modules, "dm-verity", "--verity", why);

	if (!rc)
		rc = modset_add(modules, "crypto-sha256", "dm-verity's hash", why);
	return rc < 0 ? rc : 0;
}

/* The modules that were asked for, with all that they need, read into memory. */
static int choose_modules(struct work *work, const struct request *request, struct why *why)
{
	struct modset *modules = &work->modules;
	int rc = modset_open(modules, &work->tree, why);

	if (!rc)
		rc = add_module(modules, "aoe", "the AoE initiator", why);
	if (!rc)
		rc = add_asked_for(modules, why);
	if (!rc)
		rc = drivers_add(modules, request->drivers, why);
	if (!rc)
		rc = filesystems_add(modules, request->filesystems, &work->filesystems, why);
	if (!rc && request->verity)
		rc = add_verity(modules, why);
	for (size_t i = 0; !rc && i < request->module_count; i++)
		rc = add_module(modules, request->modules[i], "--module", why);
	if (!rc && request->shell)
		rc = drivers_add_keyboards(modules, why);
	if (!rc)
		rc = modset_load(modules, why);
	if (!rc)
		rc = drivers_add_companions(modules, why);
	return rc ? rc : modset_load(modules, why);
}

static int add_modules(struct work *work, struct why *why)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < work->modules.count; i++) {
		const struct module *module = work->modules.item[i];
		char *path;

		/* In the image /lib is a directory, wherever the tree has its modules. */
		if (asprintf(&path, "lib/modules/%s/%s", work->tree.version, module->image_path) <
		    0)
			return why_memory(why);
		rc = content_add_file(&work->content, path, 0644, module->data.data,
		                      module->data.size, module->reason);
		free(path);
	}
	return rc ? why_memory(why) : 0;
}

static int add_indexes(struct work *work, struct why *why)
{
	static const struct {
		const char *name;
		int (*write)(const struct modset *modules, struct buffer *text);
	} indexes[] = {{"modules.dep", index_dependencies},
	               {"modules.alias", index_aliases},
	               {"modules.softdep", index_soft_dependencies}};
	int rc = 0;

	for (size_t i = 0; !rc && i < sizeof(indexes) / sizeof(indexes[0]); i++) {
		struct buffer text = {0};
		char *path;

		if (asprintf(&path, "lib/modules/%s/%s", work->tree.version, indexes[i].name) < 0)
			return why_memory(why);
		rc = indexes[i].write(&work->modules, &text);
		if (!rc)
			rc = content_add_text(&work->content, path, 0644, &text,
			                      "index of the modules");
		buffer_free(&text);
		free(path);
	}
	return rc ? why_memory(why) : 0;
}

/* What the init reads beside the command line: file systems to try, modules to load first. */
static int add_configuration(struct work *work, const struct request *request, struct why *why)
{
	struct buffer list = {0};
	int rc = content_add_file(&work->content, "etc/filesystems", 0644, work->filesystems.data,
	                          work->filesystems.size, "--fs");

	for (size_t i = 0; !rc && i < request->module_count; i++)
		rc = modset_print_names(&work->modules, request->modules[i], &list);
	if (!rc)
		rc = content_add_text(&work->content, "etc/modules-load.d/etherroot.conf", 0644,
		                      &list, "--module");
	buffer_free(&list);
	return rc ? why_memory(why) : 0;
}

static int gather_content(struct work *work, const struct request *request, struct why *why)
{
	struct content *content = &work->content;
	int rc = extras_add_skeleton(content, why);

	if (!rc)
		rc = extras_add_init(content, request->init, why);
	if (!rc)
		rc = add_modules(work, why);
	if (!rc)
		rc = firmware_add(&work->modules, content, &work->warnings, why);
	if (!rc)
		rc = add_indexes(work, why);
	if (!rc)
		rc = add_configuration(work, request, why);
	if (!rc && request->shell)
		rc = extras_add_shell(content, busybox, why);
	for (size_t i = 0; !rc && i < request->file_count; i++)
		rc = extras_add_file(content, request->files[i], why);
	for (size_t i = 0; !rc && i < request->program_count; i++)
		rc = programs_add(content, &work->tree, request->programs[i], "--program", why);
	return rc ? rc : content_finish(content, why);
}

static int write_image(const struct work *work, const char *path, struct why *why)
{
	int rc = outfile_save(path, work->compressed.data, work->compressed.size);

	return rc ? why_set(why, rc, "%s: %s: nothing was written", path, strerror(-rc)) : 0;
}

/* What the image lacks, but may do without. */
static void print_warnings(struct buffer *warnings)
{
	char *line, *rest;

	if (!warnings->size || buffer_append(warnings, "", 1))
		return;
	rest = (char *)warnings->data;
	while ((line = strsep(&rest, "\n")))
		if (*line)
			cli_error(&command, "warning: %s", line);
}

static int print_list(const struct work *work, const struct request *request, struct why *why)
{
	struct listing listing = {.modules = &work->modules,
	                          .content = &work->content,
	                          .compression = &request->compression,
	                          .filesystems = &work->filesystems,
	                          .unpacked = work->archive.size,
	                          .packed = work->compressed.size};

	if (!request->list)
		return 0;
	(request->json ? listing_print_json : listing_print)(&listing, stdout);
	if (fflush(stdout) || ferror(stdout))
		return why_set(why, -EIO, "standard output: %s", strerror(errno));
	return 0;
}

static int build(struct work *work, struct request *request, struct why *why)
{
	int rc = tree_open(&work->tree, request->root, request->kernel, why);

	if (!rc)
		rc = kconfig_check(&work->tree, &request->compression, !request->compression_chosen,
		                   why);
	if (!rc)
		rc = choose_modules(work, request, why);
	if (!rc)
		rc = gather_content(work, request, why);
	if (!rc)
		rc = content_pack(&work->content, &work->archive, why);
	if (!rc)
		rc = compression_run(&request->compression, &work->archive, &work->compressed, why);
	if (!rc && request->output)
		rc = write_image(work, request->output, why);
	if (!rc)
		print_warnings(&work->warnings);
	return rc ? rc : print_list(work, request, why);
}

static void release(struct work *work)
{
	buffer_free(&work->compressed);
	buffer_free(&work->archive);
	buffer_free(&work->warnings);
	content_free(&work->content);
	buffer_free(&work->filesystems);
	modset_close(&work->modules);
	tree_close(&work->tree);
}

int initrd_main(int argc, char **argv)
{
	struct work work = {.tree = {.root_fd = -1, .modules_fd = -1}};
	struct request request;
	struct why why;
	int status = read_command_line(&request, argc, argv);

	if (status < 0) {
		int rc = build(&work, &request, &why);

		if (rc)
			cli_error(&command, "%s", why.text);
		status = rc ? CLI_FAILED : CLI_OK;
		release(&work);
	}
	free(request.modules);
	free(request.files);
	free(request.programs);
	conffile_release(&request.settings);
	return status;
}
