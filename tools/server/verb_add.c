/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `etherroot machine add`: a machine's disk, its kernel, its line in the inventory, and all that is
 * made from that. Until all that takes time is done, nothing is changed; what a step that failed
 * leaves behind is said.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "images/image.h"
#include "tools/cli/outfile.h"
#include "tools/host/files.h"
#include "tools/host/regular.h"
#include "tools/host/self.h"
#include "tools/server/making.h"
#include "tools/server/verb.h"

enum {
	MAC,
	NEW,
	IMAGE,
	VOLUME,
	SHARED,
	INSTALL,
	SUITE,
	INCLUDE,
	HOOK,
	PASSWORD,
	EXPORT,
	APPEND,
	NO_KERNEL,
	ROOT,
	OPTIONS
};

static const struct cli_option options[OPTIONS + 1] = {
        [MAC] = {"mac", 'm', "MAC,...", "the addresses of its network cards"},
        [NEW] = {"new", 0, "SIZE",
                 "build a Debian image of that size, like 20G, for it:\n" SITE_DISKS "/NAME.img"},
        [IMAGE] = {"image", 0, "FILE", "its disk is this image, which becomes the target's"},
        [VOLUME] = {"volume", 0, "VG/LV", "its disk is this logical volume"},
        [SHARED] = {"shared", 0, "FILE",
                    "it shares this disk: only reads it, and has its own writes"},
        [INSTALL] = {"install", 0, "ANSWERS",
                     "its disk, with --new an empty one, is installed by itself, as this\n"
                     "file says: etherroot-install(8)"},
        [SUITE] = {"suite", 0, "NAME", "with --new: Debian's code name"},
        [INCLUDE] = {"include", 0, "PACKAGE,...", "with --new: further packages"},
        [HOOK] = {"hook", 0, "SCRIPT", "with --new: run SCRIPT ROOT before it is packed"},
        [PASSWORD] = {"password", 0, "TEXT", "with --new: root's password"},
        [EXPORT] = {"export", 'e', "S.T", "its AoE address (default: the next one, from 0.0 on)"},
        [APPEND] = {"append", 'a', "ARGS", "further arguments for its kernel's command line"},
        [NO_KERNEL] = {"no-kernel", 0, NULL,
                       "publish no kernel: its disk has none yet, or they are\nput there by hand"},
        [ROOT] = VERB_ROOT,
};

const struct cli_command machine_add_command = {
        .name = "machine add",
        .synopsis = "NAME --mac MAC[,MAC] --new SIZE|--image FILE|--volume VG/LV|--shared FILE "
                    "[--install ANSWERS] [OPTION]...",
        .summary = "Adds a machine: its disk, its kernel, its export, its boot script.",
        .options = options,
};

struct request {
	const char *name;
	const char *value[OPTIONS];
	unsigned long long bytes; /* of an empty disk */
	/* What may be given again: all of them. */
	struct args includes, hooks;
};

/* ---- the command line ---- */

static int check_request(const struct request *request)
{
	const char *const *value = request->value;
	bool extra = value[SUITE] || value[INCLUDE] || value[HOOK] || value[PASSWORD];

	if (!request->name)
		return cli_usage(&machine_add_command, "which machine? NAME is needed");
	if (!value[MAC])
		return cli_usage(&machine_add_command,
		                 "--mac MAC is needed: the address of its network card");
	if (!!value[NEW] + !!value[IMAGE] + !!value[VOLUME] + !!value[SHARED] != 1)
		return cli_usage(&machine_add_command,
		                 "its disk is one of --new SIZE, --image FILE, --volume VG/LV and "
		                 "--shared FILE");
	if (extra && (!value[NEW] || value[INSTALL]))
		return cli_usage(&machine_add_command,
		                 "--suite, --include, --hook and --password belong to --new%s",
		                 value[INSTALL] ? " without --install, whose file says that" : "");
	if (value[INSTALL] && value[SHARED])
		return cli_usage(&machine_add_command,
		                 "--install: of a disk of its own, not of one that it shares");
	return CLI_OK;
}

static int read_request(struct request *request, int argc, char **argv, bool *done)
{
	struct cli_parser parser;
	int option;

	cli_start(&parser, &machine_add_command, argc, argv);
	while ((option = cli_next(&parser)) >= 0) {
		request->value[option] = parser.value ? parser.value : "";
		if (option == INCLUDE)
			args_add(&request->includes, "%s", parser.value);
		if (option == HOOK)
			args_add(&request->hooks, "%s", parser.value);
	}
	*done = option == CLI_STOP;
	if (*done)
		return parser.status;
	request->name = argv[parser.index];
	if (parser.index + 1 < argc)
		return cli_usage(&machine_add_command, "%s: nothing is expected here",
		                 argv[parser.index + 1]);
	return check_request(request);
}

/* ---- its answers ---- */

/* Those by which a machine can do it alone, and starts off its own disk from then on. */
static int check_answers(const char *path, struct why *why)
{
	struct settings answers = {0};
	int rc = answers_load(path, &answers, why);

	if (!rc && !answers.value[SETTING_BOOTLOADER])
		rc = why_set(why, -EINVAL,
		             "%s: a line 'bootloader both' is missing: the machine starts its disk "
		             "by the disk's own boot loader",
		             path);
	settings_free(&answers);
	return rc;
}

static int check_installation(struct request *request, struct why *why)
{
	const char *size = request->value[NEW];

	if (!request->value[INSTALL])
		return 0;
	if (size && image_parse_size(size, &request->bytes))
		return why_set(why, -EINVAL, "--new %s: not a size such as 20G", size);
	return check_answers(request->value[INSTALL], why);
}

/* ---- its disk ---- */

/* Under the name that LVM's administrators know; the device's own may be another after a boot. */
static int find_volume(const char *volume, char **disk, struct why *why)
{
	struct stat status;

	*disk = args_text("/dev/%s", volume);
	if (strstr(volume, "..") || !strchr(volume, '/'))
		return why_set(why, -EINVAL, "--volume %s: not a logical volume like vg0/ws1",
		               volume);
	if (stat(*disk, &status))
		return why_set(why, -errno, "%s: %s: make it: lvcreate --size 20G --name LV VG",
		               *disk, strerror(errno));
	return S_ISBLK(status.st_mode) ? 0 : why_set(why, -EINVAL, "%s: not a block device", *disk);
}

/* As the inventory will name it: from the site's root on. */
static int choose_disk(const struct site *site, const struct request *request, char **disk,
                       struct why *why)
{
	const char *file = request->value[IMAGE] ? request->value[IMAGE] : request->value[SHARED];

	if (request->value[NEW])
		return site_new_disk(site, request->name, disk, why);
	if (request->value[VOLUME])
		return find_volume(request->value[VOLUME], disk, why);
	return site_file(site, file, disk, why);
}

/* ---- its line ---- */

/* The address at which a disk is shared already, or else the next one. */
static int choose_address(const struct site *site, const struct request *request, const char *disk,
                          struct aoe_address *address, struct why *why)
{
	const struct inventory *inventory = &site->inventory;

	if (request->value[EXPORT])
		return aoe_address_parse(request->value[EXPORT], NULL, address)
		               ? why_set(why, -EINVAL, "--export %s: not an address like 0.0",
		                         request->value[EXPORT])
		               : 0;
	for (size_t i = 0; request->value[SHARED] && i < inventory->machine_count; i++)
		if (inventory->machines[i].shared && !strcmp(inventory->machines[i].disk, disk)) {
			*address = inventory->machines[i].export;
			return 0;
		}
	return inventory_free_address(inventory, 0, address)
	               ? why_set(why, -ENOSPC, "no address is left on shelf 0: give --export")
	               : 0;
}

static int read_macs(const char *list, struct inventory_machine *machine, struct why *why)
{
	if (!inventory_read_macs(list, machine))
		return 0;
	return why_set(why, -EINVAL,
	               "--mac %s: not 1 to %d addresses of network cards, like "
	               "52:54:00:12:34:56, with commas between them",
	               list, INVENTORY_MACS_MAX);
}

/* The site's inventory with the machine, in memory. */
static int add_line(struct site *site, const struct request *request, char *disk, struct why *why)
{
	static char none[] = "", answers[] = OUTPUTS_ANSWERS;
	struct inventory_machine machine = {
	        .disk = disk, .append = none, .install = request->value[INSTALL] ? answers : NULL};
	struct buffer line = {0}, text = {0};
	char *append = NULL;
	int rc;

	if (!inventory_valid_name(request->name))
		return why_set(why, -EINVAL,
		               "'%.60s': not a host name: lower case letters, digits and hyphens, "
		               "at most %d",
		               request->name, INVENTORY_NAME);
	strcpy(machine.name, request->name);
	machine.shared = request->value[SHARED] != NULL;
	if (request->value[APPEND])
		machine.append = append = args_text("%s", request->value[APPEND]);
	rc = read_macs(request->value[MAC], &machine, why);
	if (!rc)
		rc = choose_address(site, request, disk, &machine.export, why);
	if (!rc && (inventory_write_machine(&machine, &line) ||
	            inventory_text_add(site->text, site->length, &line, &text)))
		rc = why_memory(why);
	if (!rc)
		rc = site_replace(site, &text, why);
	buffer_free(&line);
	buffer_free(&text);
	free(append);
	return rc;
}

/* ---- the steps that take time ---- */

static int build_image(const struct request *request, const char *disk, struct why *why)
{
	static const int passed[] = {SUITE, PASSWORD};
	struct args args = {0};
	char *hook = NULL;

	if (self_script("hook-network.sh", &hook))
		return why_set(why, -ENOENT,
		               "hook-network.sh: not in lib/etherroot beside this command");
	args_add(&args, "--size=%s", request->value[NEW]);
	args_add(&args, "--hostname=%s", request->name);
	args_add(&args, "--hook=%s", hook);
	for (size_t i = 0; i < sizeof(passed) / sizeof(passed[0]); i++)
		if (request->value[passed[i]])
			args_add(&args, "--%s=%s", options[passed[i]].name,
			         request->value[passed[i]]);
	for (size_t i = 0; i < request->includes.n; i++)
		args_add(&args, "--include=%s", request->includes.v[i]);
	for (size_t i = 0; i < request->hooks.n; i++)
		args_add(&args, "--hook=%s", request->hooks.v[i]);
	free(hook);
	return making_image("debian", disk, &args, why);
}

/* Where the machine will get them, and whoever is on its LAN. */
static int copy_answers(const struct site *site, const struct request *request, struct why *why)
{
	char *folder = site_folder(site, request->name),
	     *to = args_text("%s/" OUTPUTS_ANSWERS, folder);
	size_t length;
	char *text;
	int rc = regular_read(request->value[INSTALL], INVENTORY_MAX, &text, &length);

	if (rc) {
		why_set(why, rc, "%s: %s", request->value[INSTALL], regular_explain(rc));
	} else {
		rc = files_make_folders(folder);
		if (!rc)
			rc = outfile_save(to, text, length);
		if (rc)
			why_set(why, rc, "%s: %s", to, strerror(-rc));
		free(text);
	}
	free(to);
	free(folder);
	return rc;
}

/* One that its machine is to install by itself. */
static int make_installed(const struct site *site, const struct request *request, const char *disk,
                          struct why *why)
{
	int rc = request->value[NEW] ? making_empty(disk, request->bytes, why) : 0;

	if (!rc)
		rc = copy_answers(site, request, why);
	return rc ? rc : making_give(site, disk, why);
}

static int make_disk(const struct site *site, const struct request *request, const char *disk,
                     struct why *why)
{
	int rc;

	if (request->value[INSTALL])
		return make_installed(site, request, disk, why);
	rc = request->value[NEW] ? build_image(request, disk, why) : 0;
	if (!rc && !request->value[NO_KERNEL])
		rc = making_kernel(site, request->name, disk, why);
	return rc ? rc : making_give(site, disk, why);
}

/* What was made for a machine that is not added after all. */
static void say_left(const struct site *site, const struct request *request, const char *disk)
{
	char *folder = site_folder(site, request->name);
	char *answers = args_text("%s/" OUTPUTS_ANSWERS, folder);

	if (request->value[INSTALL] && !unlink(answers))
		rmdir(folder);
	free(answers);
	if (request->value[NEW] && !access(disk, F_OK))
		cli_error(&machine_add_command, "%s is not added; its image stays, for --image %s",
		          request->name, disk);
	if (!access(folder, F_OK))
		cli_error(&machine_add_command, "%s is not added; its kernel stays: %s",
		          request->name, folder);
	free(folder);
}

/* ---- all of it ---- */

/* The inventory with the machine, in memory, and what follows from that: nothing is changed yet. */
static int plan(struct site *site, const struct request *request, char **disk, struct edits *edits,
                struct why *why)
{
	int rc = site_lock(site, why);

	if (!rc)
		rc = site_load(site, why);
	if (!rc)
		rc = choose_disk(site, request, disk, why);
	if (!rc)
		rc = add_line(site, request, *disk, why);
	return rc ? rc : edits_find_all(site, edits, why);
}

static int carry_out(const struct site *site, const struct request *request, const char *disk,
                     const struct edits *edits)
{
	char *full = request->value[VOLUME] ? args_text("%s", disk) : site_path(site, disk);
	int status = CLI_FAILED;
	struct why why;

	if (make_disk(site, request, full, &why))
		cli_error(&machine_add_command, "%s", why.text);
	else
		status = verb_make(&machine_add_command, site, edits);
	if (status && !verb_is_applied(site))
		say_left(site, request, full);
	free(full);
	return status;
}

static int add(struct request *request)
{
	struct edits edits = {0};
	char *disk = NULL;
	struct site site;
	struct why why;
	int status = CLI_FAILED;
	int rc = site_open(&site, request->value[ROOT], &why);

	if (!rc)
		rc = check_installation(request, &why);
	if (!rc)
		rc = plan(&site, request, &disk, &edits, &why);
	if (rc)
		cli_error(&machine_add_command, "%s", why.text);
	else
		status = carry_out(&site, request, disk, &edits);
	edits_release(&edits);
	free(disk);
	site_close(&site);
	return status;
}

int machine_add(int argc, char **argv)
{
	struct request request = {0};
	bool done;
	int status = read_request(&request, argc, argv, &done);

	if (!status && !done)
		status = add(&request);
	args_free(&request.includes);
	args_free(&request.hooks);
	return status;
}
