/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line of `etherroot image`. It is checked here; the image itself is made by the shell
 * script that lies in lib/etherroot beside the command, which gets the options as IMAGE_* in its
 * environment.
 */
#include "images/image.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "images/load.h"
#include "images/settings.h"
#include "images/values.h"
#include "tools/cli/cli.h"

static const struct cli_option options[] = {
        [SETTING_OUTPUT] = {"output", 'o', "FILE", "the image to write"},
        [SETTING_SIZE] = {"size", 's', "SIZE", "its size (2G); unused space takes none in FILE"},
        [SETTING_KERNEL] = {"kernel", 'k', "PACKAGE",
                            "a kernel (linux-image-ARCHITECTURE); repeat for several"},
        [SETTING_INCLUDE] = {"include", 'i', "PACKAGE,...", "further packages; may be repeated"},
        [SETTING_HOOK] =
                {"hook", 0, "SCRIPT",
                 "run SCRIPT ROOT as the root's root before it is packed;\nmay be repeated"},
        [SETTING_SUITE] = {"suite", 0, "NAME", "Debian's code name (" SETTINGS_SUITE ")"},
        [SETTING_MIRROR] = {"mirror", 0, "URI",
                            "where packages are fetched\n(where apt on this machine fetches them)"},
        [SETTING_HOSTNAME] = {"hostname", 0, "NAME", "the machine's name (debian)"},
        [SETTING_PASSWORD] = {"password", 0, "TEXT",
                              "root's password (" SETTINGS_PASSWORD "); '' for none"},
        [SETTING_LABEL] = {"label", 0, "TEXT", "the file system's label (debian)"},
        [SETTING_UUID] = {"uuid", 0, "UUID", "the file system's UUID (random)"},
        [SETTING_PARTITION] = {"partition", 0, NULL, "a disk with a GPT, the root in partition 1"},
        [SETTING_BOOTLOADER] =
                {"bootloader", 'b', "KIND",
                 "bios, uefi or both: a disk that starts its own kernels, as iPXE's\n"
                 "sanboot wants it"},
        [SETTING_INITRD] = {"initrd", 0, NULL, "also let Debian generate its own initrds (slow)"},
        [SETTING_ANSWERS] = {"answers", 0, "FILE", "with installer: what it is to install"},
        [SETTING_WITH] = {"with", 0, "INSTALLER",
                          "with installer: etherroot, which is ours, or debian-installer, whose\n"
                          "kernel and initrd go into a folder FILE (etherroot)"},
        [SETTING_PRESEED] = {"preseed", 0, "FILE", "with debian-installer: its own answers"},
        [SETTING_ROOT] = {"root", 0, "DEVICE",
                          "with import: the root, of several on a disk: vda2, VG/LV"},
        [SETTING_HELPER] = {"helper", 0, "FILE",
                            "with import: the image of the machine that looks into a disk's\n"
                            "(made once, and kept)"},
        {0},
};

static const struct cli_command command = {
        .name = "image",
        .synopsis = "debian --output FILE [OPTION]...\n"
                    "       etherroot image installer --output FILE [--answers FILE] [OPTION]...\n"
                    "       etherroot image import SOURCE --output FILE [OPTION]...\n"
                    "       etherroot image installer --with debian-installer --output FOLDER\n"
                    "       etherroot image verity IMAGE --output FILE",
        .summary =
                "Builds a small bootable Debian root as a disk image, without being root; or the\n"
                "root of machines that install others unattended; or copies an installed system,\n"
                "out of a directory, a disk's image or (HOST:) a machine that runs; or makes of a\n"
                "root image one that is checked block by block as it is read, and prints what the\n"
                "kernel command line needs for that.",
        .options = options,
        .more = "See etherroot-image(1) for what is in the image and what building one needs.",
};

/* Options that a kind of image has, as bits. */
#define HAS(setting) (1u << (setting))
#define FILE_SYSTEM                                                                                \
	(HAS(SETTING_OUTPUT) | HAS(SETTING_SIZE) | HAS(SETTING_LABEL) | HAS(SETTING_UUID) |        \
	 HAS(SETTING_PARTITION))
#define DEBIAN                                                                                     \
	(FILE_SYSTEM | HAS(SETTING_KERNEL) | HAS(SETTING_INCLUDE) | HAS(SETTING_HOOK) |            \
	 HAS(SETTING_SUITE) | HAS(SETTING_MIRROR) | HAS(SETTING_HOSTNAME) |                        \
	 HAS(SETTING_PASSWORD) | HAS(SETTING_BOOTLOADER) | HAS(SETTING_INITRD))

/* What can be asked for, each made by a script. */
static const struct kind {
	const char *name, *script;
	const char *source; /* what it is made from, which is named behind it; NULL: of packages */
	unsigned options;
} kinds[] = {
        {"debian", "debian.sh", NULL, DEBIAN},
        {"installer", "debian.sh", NULL, DEBIAN | HAS(SETTING_ANSWERS) | HAS(SETTING_WITH)},
        {"import", "import.sh", "system", FILE_SYSTEM | HAS(SETTING_ROOT) | HAS(SETTING_HELPER)},
        {"verity", "verity.sh", "image", HAS(SETTING_OUTPUT)},
};

/* An installer with debian-installer: a kernel and its initrd in a folder. */
static const struct kind netboot = {
        "installer --with debian-installer",
        "netboot.sh",
        NULL,
        HAS(SETTING_OUTPUT) | HAS(SETTING_SUITE) | HAS(SETTING_MIRROR) | HAS(SETTING_ANSWERS) |
                HAS(SETTING_WITH) | HAS(SETTING_PRESEED),
};

struct request {
	const struct kind *kind;
	const char *input; /* what it is made from, the command line's */
	struct settings settings;
};

/*
 * An image takes the output's place by a rename, so that only a file may be there; of a folder,
 * which cannot, nothing.
 */
static int check_output(const char *path, bool folder)
{
	struct stat status;

	if (folder && !lstat(path, &status)) {
		cli_error(&command, "%s: is there already: remove it, or name another folder",
		          path);
		return CLI_FAILED;
	}
	if (stat(path, &status) || S_ISREG(status.st_mode))
		return CLI_OK;
	if (S_ISDIR(status.st_mode))
		cli_error(&command, "%s: is a directory: name a file in it", path);
	else
		cli_error(&command, "%s: is not a regular file: build a file, then copy it there",
		          path);
	return CLI_FAILED;
}

/* A size in bytes for the script. */
static int read_size(const char *text, char *bytes, size_t room)
{
	unsigned long long size;
	int rc = image_parse_size(text, &size);

	if (rc == -ERANGE)
		return cli_usage(&command, "--size %s: out of range: from 64M to 16T", text);
	if (rc)
		return cli_usage(&command, "--size %s: not a size such as 2G or 900M", text);
	snprintf(bytes, room, "%llu", size);
	return CLI_OK;
}

/* The script runs elsewhere: it gets hooks by their full names. */
static int read_hook(const char *path, char resolved[PATH_MAX])
{
	if (!realpath(path, resolved)) {
		cli_error(&command, "%s: %s", path, strerror(errno));
		return CLI_FAILED;
	}
	if (access(resolved, X_OK)) {
		cli_error(&command, "%s: not executable: chmod +x it", path);
		return CLI_FAILED;
	}
	if (strchr(resolved, '\n')) {
		cli_error(&command, "%s: a hook's name must be on one line", path);
		return CLI_FAILED;
	}
	return CLI_OK;
}

static int load_answers(const char *path, struct settings *answers)
{
	struct why why;

	if (!answers_load(path, answers, &why))
		return CLI_OK;
	cli_error(&command, "%s", why.text);
	return CLI_FAILED;
}

/* They are checked here, before there is an image that has them. */
static int read_answers(const char *path, char resolved[PATH_MAX])
{
	struct settings answers = {0};
	int rc = load_answers(path, &answers);

	settings_free(&answers);
	if (rc || realpath(path, resolved))
		return rc;
	cli_error(&command, "%s: %s", path, strerror(errno));
	return CLI_FAILED;
}

/* What is in it is debian-installer's to understand. */
static int read_preseed(const char *path, char resolved[PATH_MAX])
{
	struct stat status;

	if (realpath(path, resolved) && !access(resolved, R_OK) && !stat(resolved, &status)) {
		if (S_ISREG(status.st_mode))
			return CLI_OK;
		cli_error(&command, "%s: is not a regular file", path);
		return CLI_FAILED;
	}
	cli_error(&command, "%s: %s", path, strerror(errno));
	return CLI_FAILED;
}

/* An image that is there, in a file. */
static int check_image(const char *path)
{
	struct stat status;

	if (stat(path, &status) || access(path, R_OK)) {
		cli_error(&command, "%s: %s", path, strerror(errno));
		return CLI_FAILED;
	}
	if (S_ISREG(status.st_mode))
		return CLI_OK;
	cli_error(&command, "%s: is not a regular file: name an image", path);
	return CLI_FAILED;
}

/* Checks one option and keeps it. Returns an enum cli_exit; the message is printed. */
static int take_option(struct request *request, enum setting option, const char *value)
{
	const char *complaint;
	char text[PATH_MAX];
	int rc = CLI_OK;

	if (!value)
		value = "yes";
	complaint = settings_complaint(option, value);
	if (complaint)
		return cli_usage(&command, "--%s %s: %s", options[option].name, value, complaint);
	if (option == SETTING_SIZE) {
		rc = read_size(value, text, sizeof(text));
		value = text;
	} else if (option == SETTING_HOOK) {
		rc = read_hook(value, text);
		value = text;
	} else if (option == SETTING_ANSWERS) {
		rc = read_answers(value, text);
		value = text;
	} else if (option == SETTING_HELPER) {
		rc = check_image(value);
	} else if (option == SETTING_PRESEED) {
		rc = read_preseed(value, text);
		value = text;
	}
	if (!rc && settings_add(&request->settings, option, value)) {
		cli_error(&command, "out of memory");
		rc = CLI_FAILED;
	}
	return rc;
}

/* Reads what stands beside the options. */
static int read_kind(struct request *request, int argc, char **argv)
{
	const char *with;
	int most = 1;

	if (!argc)
		return cli_usage(&command,
		                 "which image? There are debian, installer, import and verity");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(argv[0], kinds[i].name))
			request->kind = &kinds[i];
	if (!request->kind)
		return cli_usage(
		        &command,
		        "%s: no such kind of image: there are debian, installer, import and verity",
		        argv[0]);
	if (request->kind->source) {
		if (argc == 1 || !*argv[1])
			return cli_usage(&command, "%s of which %s?", argv[0],
			                 request->kind->source);
		request->input = argv[most++];
	}
	if (argc > most)
		return cli_usage(&command, "%s: unexpected argument", argv[most]);
	with = request->settings.value[SETTING_WITH];
	if (request->kind->options & HAS(SETTING_WITH) && with && !strcmp(with, "debian-installer"))
		request->kind = &netboot;
	return CLI_OK;
}

/* Nothing is said of an image that its kind does not ask. */
static int check_options(const struct request *request)
{
	for (size_t i = 0; i < SETTINGS; i++)
		if (request->settings.value[i] && !(request->kind->options & HAS(i)))
			return cli_usage(&command, "--%s: not for '%s'", options[i].name,
			                 request->kind->name);
	return CLI_OK;
}

/* debian-installer's preseed is the user's own, or is made from answers, which say the same words.
 */
static int take_answers(struct request *request)
{
	struct settings *settings = &request->settings, answers = {0};
	const char *path = settings->value[SETTING_ANSWERS];
	int rc;

	if (!path && !settings->value[SETTING_PRESEED])
		return cli_usage(&command,
		                 "--answers FILE or --preseed FILE is needed: what is to be "
		                 "installed");
	rc = path ? load_answers(path, &answers) : CLI_OK;
	for (size_t i = 0; i < SETTINGS && !rc; i++)
		if (answers.value[i] && !settings->value[i] &&
		    settings_add(settings, i, answers.value[i])) {
			cli_error(&command, "out of memory");
			rc = CLI_FAILED;
		}
	settings_free(&answers);
	return rc;
}

/* What its options are together. */
static int check_request(struct request *request)
{
	const char *output = request->settings.value[SETTING_OUTPUT];
	int rc;

	if (!output)
		return cli_usage(&command,
		                 "--output FILE is needed: what the image is to be called");
	if (!*output)
		return cli_usage(&command, "--output: names no file");
	rc = check_options(request);
	if (!rc)
		rc = check_output(output, request->kind == &netboot);
	if (rc)
		return rc;
	if (request->kind == &netboot)
		return take_answers(request);
	if (request->input)
		return request->kind->options & HAS(SETTING_SIZE) ? CLI_OK
		                                                  : check_image(request->input);
	return request->settings.value[SETTING_SIZE] ? CLI_OK
	                                             : take_option(request, SETTING_SIZE, "2G");
}

/* Reads the whole command line. Returns an enum cli_exit; *done says that there is nothing to do.
 */
static int read_request(struct request *request, int argc, char **argv, bool *done)
{
	struct cli_parser parser;
	int option, rc;

	cli_start(&parser, &command, argc, argv);
	while ((option = cli_next(&parser)) >= 0) {
		rc = take_option(request, (enum setting)option, parser.value);
		if (rc)
			return rc;
	}
	*done = option == CLI_STOP;
	if (*done)
		return parser.status;
	rc = read_kind(request, argc - parser.index, argv + parser.index);
	if (rc)
		return rc;
	return check_request(request);
}

/* Becomes the script. Returns only when that failed. */
static int run_script(const struct request *request)
{
	/* A password that everybody knows is said at the login prompt; the user's own is not. */
	const char *issue = request->settings.value[SETTING_PASSWORD]
	                            ? ""
	                            : "Log in as root, password " SETTINGS_PASSWORD ".";

	if (setenv("IMAGE_ISSUE", issue, 1) ||
	    setenv("IMAGE_INSTALLER", request->kind->options & HAS(SETTING_ANSWERS) ? "yes" : "",
	           1) ||
	    (request->input && setenv("IMAGE_INPUT", request->input, 1))) {
		cli_error(&command, "%s", strerror(errno));
		return CLI_FAILED;
	}
	return settings_run(&request->settings, &command, request->kind->script);
}

int image_main(int argc, char **argv)
{
	struct request request = {.kind = NULL};
	bool done = false;
	int rc = read_request(&request, argc, argv, &done);

	if (!rc && !done)
		rc = run_script(&request);
	settings_free(&request.settings);
	return rc;
}
