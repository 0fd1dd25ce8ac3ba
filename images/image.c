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

#include "images/values.h"
#include "tools/base/hostname.h"
#include "tools/cli/cli.h"
#include "tools/host/self.h"

#define DEFAULT_SUITE    "trixie" /* Debian 13 */
#define DEFAULT_PASSWORD "etherroot"

enum {
	OUTPUT,
	SIZE,
	KERNEL,
	INCLUDE,
	HOOK,
	SUITE,
	MIRROR,
	HOSTNAME,
	PASSWORD,
	LABEL,
	UUID,
	PARTITION,
	BOOTLOADER,
	INITRD,
};

static const struct cli_option options[] = {
        [OUTPUT] = {"output", 'o', "FILE", "the image to write"},
        [SIZE] = {"size", 's', "SIZE", "its size (2G); unused space takes none in FILE"},
        [KERNEL] = {"kernel", 'k', "PACKAGE",
                    "a kernel (linux-image-ARCHITECTURE); repeat for several"},
        [INCLUDE] = {"include", 'i', "PACKAGE,...", "further packages; may be repeated"},
        [HOOK] = {"hook", 0, "SCRIPT",
                  "run SCRIPT ROOT as the root's root before it is packed;\nmay be repeated"},
        [SUITE] = {"suite", 0, "NAME", "Debian's code name (" DEFAULT_SUITE ")"},
        [MIRROR] = {"mirror", 0, "URI",
                    "where packages are fetched\n(where apt on this machine fetches them)"},
        [HOSTNAME] = {"hostname", 0, "NAME", "the machine's name (debian)"},
        [PASSWORD] = {"password", 0, "TEXT", "root's password (" DEFAULT_PASSWORD "); '' for none"},
        [LABEL] = {"label", 0, "TEXT", "the file system's label (debian)"},
        [UUID] = {"uuid", 0, "UUID", "the file system's UUID (random)"},
        [PARTITION] = {"partition", 0, NULL, "a disk with a GPT, the root in partition 1"},
        [BOOTLOADER] = {"bootloader", 'b', "KIND",
                        "bios, uefi or both: a disk that starts its own kernels, as iPXE's\n"
                        "sanboot wants it"},
        [INITRD] = {"initrd", 0, NULL, "also let Debian generate its own initrds (slow)"},
        {0},
};

static const struct cli_command command = {
        .name = "image",
        .synopsis = "debian --output FILE [OPTION]...\n"
                    "       etherroot image verity IMAGE --output FILE",
        .summary = "Builds a small bootable Debian root as a disk image, without being root; or "
                   "makes of\n"
                   "a root image one that is checked block by block as it is read, and prints what "
                   "the\n"
                   "kernel command line needs for that.",
        .options = options,
        .more = "See etherroot-image(1) for what is in the image and what building one needs.",
};

/* How each option reaches the script. */
static const struct setting {
	const char *variable;
	const char *initial;
	const char
	        *separator; /* between the values of a repeated option; NULL: the last one counts */
	bool (*valid)(const char *text);
	const char *wanted; /* what the message says when it is not */
} settings[] = {
        [OUTPUT] = {"IMAGE_OUTPUT", NULL, NULL, NULL, NULL},
        [SIZE] = {"IMAGE_SIZE", "2G", NULL, NULL, NULL},
        [KERNEL] = {"IMAGE_KERNELS", "", ",", image_valid_packages, "not a package name"},
        [INCLUDE] = {"IMAGE_INCLUDE", "", ",", image_valid_packages,
                     "not package names with commas between them"},
        [HOOK] = {"IMAGE_HOOKS", "", "\n", NULL, NULL},
        [SUITE] = {"IMAGE_SUITE", DEFAULT_SUITE, NULL, image_valid_suite,
                   "not a code name such as trixie"},
        [MIRROR] = {"IMAGE_MIRROR", "", NULL, image_valid_mirror,
                    "not a URI such as http://mirror.example/debian"},
        [HOSTNAME] = {"IMAGE_HOSTNAME", "debian", NULL, hostname_is_valid,
                      "not a host name: letters, digits and hyphens, at most 64"},
        [PASSWORD] = {"IMAGE_PASSWORD", DEFAULT_PASSWORD, NULL, image_valid_password,
                      "a password is one line"},
        [LABEL] = {"IMAGE_LABEL", "debian", NULL, image_valid_label,
                   "not a label: 1 to 16 characters, without spaces, quotes and slashes"},
        [UUID] = {"IMAGE_UUID", "", NULL, image_valid_uuid,
                  "not a UUID: 8-4-4-4-12 hexadecimal digits"},
        [PARTITION] = {"IMAGE_PARTITION", "", NULL, NULL, NULL},
        [BOOTLOADER] = {"IMAGE_BOOTLOADER", "", NULL, image_valid_bootloader,
                        "neither bios nor uefi nor both"},
        [INITRD] = {"IMAGE_INITRD", "", NULL, NULL, NULL},
};

enum { SETTINGS = sizeof(settings) / sizeof(settings[0]) };

/* What can be asked for, each made by a script of its own. */
static const struct kind {
	const char *name, *script;
	bool from_image; /* one is named behind it, and but for --output it has no options */
} kinds[] = {
        {"debian", "debian.sh", false},
        {"verity", "verity.sh", true},
};

/* The value of each option as text; every one is owned, or NULL when it was not given. */
struct request {
	const struct kind *kind;
	const char *input; /* the image that it is made from, the command line's */
	char *value[SETTINGS];
};

/* Gives the option this value, or adds it to those it has. Returns 0 or -ENOMEM. */
static int add_value(struct request *request, int option, const char *value)
{
	const char *separator = settings[option].separator;
	char *old = request->value[option];
	char *text;

	if (!old || !separator)
		text = strdup(value);
	else if (asprintf(&text, "%s%s%s", old, separator, value) < 0)
		text = NULL;
	if (!text)
		return -ENOMEM;
	free(old);
	request->value[option] = text;
	return 0;
}

/* The image takes the output's place by a rename: only a file may be there. */
static int check_output(const char *path)
{
	struct stat status;

	if (!*path)
		return cli_usage(&command, "--output: names no file");
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

/* Checks one option and keeps it. Returns an enum cli_exit; the message is printed. */
static int take_option(struct request *request, int option, const char *value)
{
	const struct setting *setting = &settings[option];
	char text[PATH_MAX];
	int rc = CLI_OK;

	if (!value)
		value = "yes";
	if (setting->valid && !setting->valid(value))
		return cli_usage(&command, "--%s %s: %s", options[option].name, value,
		                 setting->wanted);
	if (option == SIZE) {
		rc = read_size(value, text, sizeof(text));
		value = text;
	} else if (option == HOOK) {
		rc = read_hook(value, text);
		value = text;
	} else if (option == OUTPUT) {
		rc = check_output(value);
	}
	if (!rc && add_value(request, option, value)) {
		cli_error(&command, "out of memory");
		rc = CLI_FAILED;
	}
	return rc;
}

/* Reads what stands beside the options. */
static int read_kind(struct request *request, int argc, char **argv)
{
	int most = 1;

	if (!argc)
		return cli_usage(&command, "which image? There are debian and verity");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(argv[0], kinds[i].name))
			request->kind = &kinds[i];
	if (!request->kind)
		return cli_usage(&command, "%s: no such kind of image: there are debian and verity",
		                 argv[0]);
	if (request->kind->from_image) {
		if (argc == 1)
			return cli_usage(&command, "verity of which image?");
		request->input = argv[most++];
	}
	if (argc > most)
		return cli_usage(&command, "%s: unexpected argument", argv[most]);
	return CLI_OK;
}

/* An image is made from a file, and nothing but the output's name is to be said of it. */
static int check_input(const struct request *request)
{
	struct stat status;

	for (size_t i = 0; i < SETTINGS; i++)
		if (i != OUTPUT && request->value[i])
			return cli_usage(&command, "--%s: not for an image that is there already",
			                 options[i].name);
	if (stat(request->input, &status) || access(request->input, R_OK)) {
		cli_error(&command, "%s: %s", request->input, strerror(errno));
		return CLI_FAILED;
	}
	if (S_ISREG(status.st_mode))
		return CLI_OK;
	cli_error(&command, "%s: is not a regular file: name an image", request->input);
	return CLI_FAILED;
}

/* Reads the whole command line. Returns an enum cli_exit; *done says that there is nothing to do.
 */
static int read_request(struct request *request, int argc, char **argv, bool *done)
{
	struct cli_parser parser;
	int option, rc;

	cli_start(&parser, &command, argc, argv);
	while ((option = cli_next(&parser)) >= 0) {
		rc = take_option(request, option, parser.value);
		if (rc)
			return rc;
	}
	*done = option == CLI_STOP;
	if (*done)
		return parser.status;
	rc = read_kind(request, argc - parser.index, argv + parser.index);
	if (rc)
		return rc;
	if (!request->value[OUTPUT])
		return cli_usage(&command,
		                 "--output FILE is needed: what the image is to be called");
	if (request->kind->from_image)
		return check_input(request);
	return request->value[SIZE] ? CLI_OK : take_option(request, SIZE, settings[SIZE].initial);
}

/* Tells the script all that it needs. Returns 0 or a negative errno. */
static int set_environment(const struct request *request)
{
	/* A password that everybody knows is said at the login prompt; the user's own is not. */
	const char *issue =
	        request->value[PASSWORD] ? "" : "Log in as root, password " DEFAULT_PASSWORD ".";
	char self[PATH_MAX];
	int rc = self_path(self);

	if (rc)
		return rc;
	for (size_t i = 0; i < SETTINGS; i++) {
		const char *value = request->value[i];

		if (setenv(settings[i].variable, value ? value : settings[i].initial, 1))
			return -errno;
	}
	if (request->input && setenv("IMAGE_INPUT", request->input, 1))
		return -errno;
	/* It makes initrds with this command, and a disk with a boot loader gets a copy of it. */
	return setenv("IMAGE_COMMAND", self, 1) || setenv("IMAGE_ISSUE", issue, 1) ? -errno : 0;
}

/* Becomes the script. Returns only when that failed. */
static int run_script(const struct request *request)
{
	char *arguments[] = {NULL, NULL}, *script;
	int rc = self_script(request->kind->script, &script);

	if (rc) {
		cli_error(&command, "%s: not in lib/etherroot beside this command: %s",
		          request->kind->script, strerror(-rc));
		return CLI_FAILED;
	}
	arguments[0] = script;
	rc = set_environment(request);
	if (!rc) {
		/* mmdebstrap's shells know descriptors 0 to 9 only: it needs those that it opens
		 * there. */
		close_range(3, ~0u, CLOSE_RANGE_CLOEXEC);
		execv(script, arguments);
		rc = -errno;
	}
	cli_error(&command, "%s: %s", script, strerror(-rc));
	free(script);
	return CLI_FAILED;
}

int image_main(int argc, char **argv)
{
	struct request request = {.kind = NULL};
	bool done = false;
	int rc = read_request(&request, argc, argv, &done);

	if (!rc && !done)
		rc = run_script(&request);
	for (size_t i = 0; i < SETTINGS; i++)
		free(request.value[i]);
	return rc;
}
