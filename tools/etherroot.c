/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command: finds the subcommand and hands it the rest of the command line. */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "images/image.h"
#include "initramfs/initrd.h"
#include "ipxe/ipxe.h"
#include "tools/bench/bench.h"
#include "tools/boot/boot.h"
#include "tools/cli/cli.h"
#include "tools/discover/discover.h"
#include "tools/pair/pair.h"
#include "tools/publish/publish.h"
#include "tools/serve/serve.h"
#include "tools/server/server.h"

/* What somebody wants to do, as --help has it, in its order. */
enum task { BOOT_SERVER, MATERIAL, EXPORT, LOOK, TASKS };

static const char *const tasks[TASKS] = {
        [BOOT_SERVER] = "Set up a boot server and its machines:",
        [MATERIAL] = "Make what a machine boots from:",
        [EXPORT] = "Export disks, and look after them:",
        [LOOK] = "Look at a LAN, measure it, try a boot:",
};

struct subcommand {
	enum task task;
	const char *name;
	int (*run)(int argc, char **argv); /* argv[0] is the name; returns an enum cli_exit */
	const char *summary;
	bool reloads; /* at SIGHUP, which waits until it is listened for (serve.c) */
};

static const struct subcommand subcommands[] = {
        {BOOT_SERVER, "server", server_main,
         "set up a boot server from one inventory, and look after it", false},
        {BOOT_SERVER, "machine", machine_main, "add, list, show, rename and remove its machines",
         false},
        {BOOT_SERVER, "publish", publish_main,
         "put a disk's kernel and initrd where machines load them", false},
        {MATERIAL, "image", image_main, "build a root image", false},
        {MATERIAL, "install", install_main,
         "install Debian on a disk, unattended, as an answers file says", false},
        {MATERIAL, "initrd", initrd_main, "build the small initrd that finds an AoE root", false},
        {MATERIAL, "ipxe", ipxe_main, "print the iPXE script that starts a machine", false},
        {EXPORT, "serve", serve_main, "export files and block devices over Ethernet (AoE target)",
         true},
        {EXPORT, "status", status_main, "show what a running target serves, to whom and how well",
         false},
        {EXPORT, "ctl", ctl_main,
         "tell a running target to reload, withdraw, resume or rehearse faults", false},
        {EXPORT, "trace", trace_main, "write a running target's frames as a pcap file", false},
        {EXPORT, "pair", pair_main,
         "mirror exports on two servers, and have either serve them", false},
        {LOOK, "discover", discover_main, "list the AoE targets on the LAN", false},
        {LOOK, "bench", bench_main, "load AoE targets and measure them, with verified data", false},
        {LOOK, "boot", boot_main,
         "boot a diskless machine in QEMU off an image, or test that it boots", false},
};

/* Installed scripts and cluster agents call the target by this name, with vblade's arguments. */
static const char vblade_name[] = "etherroot-vblade";

static void print_task(FILE *stream, enum task task)
{
	fprintf(stream, "%s\n", tasks[task]);
	for (size_t i = 0; i < sizeof(subcommands) / sizeof(subcommands[0]); i++)
		if (subcommands[i].task == task)
			fprintf(stream, "  %-10s %s\n", subcommands[i].name,
			        subcommands[i].summary);
	fprintf(stream, "\n");
}

static void print_usage(FILE *stream)
{
	fprintf(stream,
	        "Usage: etherroot SUBCOMMAND [OPTION]... [ARGUMENT]...\n"
	        "Boots machines that have no disk off a disk exported over Ethernet (AoE).\n\n");
	for (int task = 0; task < TASKS; task++)
		print_task(stream, (enum task)task);
	fprintf(stream, "'etherroot SUBCOMMAND --help' tells more; so does 'man "
	                "etherroot-SUBCOMMAND'.\n");
}

/* debugfs, mke2fs and others lie in sbin, which the PATH of a user who has bin may leave out. */
static void look_in_sbin(void)
{
	const char *path = getenv("PATH");
	char *longer;

	if (!path || !strstr(path, "/bin") || strstr(path, "/usr/sbin"))
		return;
	if (asprintf(&longer, "%s:/usr/sbin:/sbin", path) < 0)
		return;
	setenv("PATH", longer, 1);
	free(longer);
}

/*
 * Whoever starts it may have closed its standard streams. An image that is opened in their place
 * would get what is said there. Returns false if they cannot be had.
 */
static bool have_streams(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* Returns the signals that were held before. */
static sigset_t hold_hangup(void)
{
	sigset_t hangup, before;

	sigemptyset(&hangup);
	sigaddset(&hangup, SIGHUP);
	sigprocmask(SIG_BLOCK, &hangup, &before);
	return before;
}

static int run(const struct subcommand *subcommand, const sigset_t *held, int argc, char **argv)
{
	if (!subcommand->reloads)
		sigprocmask(SIG_SETMASK, held, NULL);
	return subcommand->run(argc, argv);
}

int main(int argc, char **argv)
{
	const sigset_t held = hold_hangup();
	const char *base = strrchr(argv[0] ? argv[0] : "", '/');
	const char *name = argc > 1 ? argv[1] : NULL;

	if (!have_streams())
		return CLI_FAILED;
	look_in_sbin();
	base = base ? base + 1 : argv[0];
	if (base && !strcmp(base, vblade_name))
		return serve_vblade_main(argc, argv);
	if (!name) {
		print_usage(stderr);
		return CLI_USAGE;
	}
	if (!strcmp(name, "--help") || !strcmp(name, "-h") || !strcmp(name, "help")) {
		print_usage(stdout);
		return CLI_OK;
	}
	if (!strcmp(name, "--version")) {
		printf("etherroot %s\n", ETHERROOT_VERSION);
		return CLI_OK;
	}
	for (size_t i = 0; i < sizeof(subcommands) / sizeof(subcommands[0]); i++)
		if (!strcmp(name, subcommands[i].name))
			return run(&subcommands[i], &held, argc - 1, argv + 1);
	fprintf(stderr, "etherroot: %s: no such subcommand\nTry 'etherroot --help'.\n", name);
	return CLI_USAGE;
}
