/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The first process of a machine that has no disk. From the kernel's start of /init to the start of
 * the OS's own init on a disk that is exported over Ethernet, this file is the way.
 */
#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/cmdline.h"
#include "init/disk.h"
#include "init/find.h"
#include "init/giveup.h"
#include "init/modules.h"
#include "init/mount.h"
#include "init/nic.h"
#include "init/protect.h"
#include "init/report.h"
#include "init/switch.h"
#include "init/sysfs.h"
#include "init/wait.h"
#include "tools/base/text.h"

/* What a boot owns. Nothing of it is freed: exec or power-off ends it. */
struct boot {
	char **argv;
	char line[4096]; /* /proc/cmdline; x86 has 2048 bytes (COMMAND_LINE_SIZE) */
	struct cmdline cmdline;
	struct modules modules;
	struct nics nics;
	struct wait wait;
	pid_t loader; /* loads modules side by side with this process, or -1 */
	struct root_device root;
	const char *init; /* of the OS */
	struct failure failure;
};

static int read_command_line(struct boot *boot)
{
	struct cmdline_error error;
	char place[TEXT_NUMBER];

	sysfs_read_all("/proc/cmdline", boot->line, sizeof(boot->line));
	if (!cmdline_parse(boot->line, &boot->cmdline, &error)) {
		if (boot->cmdline.root.kind != ROOT_NONE)
			return 0;
		failure_set(&boot->failure, FAIL_NOROOT, "root=", "not on the kernel command line",
		            NULL);
		return -EINVAL;
	}
	if (error.unsupported)
		failure_set(&boot->failure, FAIL_UNSUPPORTED, error.word, error.problem, NULL);
	else
		failure_set(&boot->failure, FAIL_CMDLINE, error.word, "character ",
		            text_decimal(place, error.position + 1), ": ", error.problem, NULL);
	return -EINVAL;
}

/* The one file system type that this boot will need, if it is known before the disk is. */
static const char *likely_filesystem(struct boot *boot, char only[MODULE_NAME])
{
	char list[MODULE_NAME * 2];
	int length = sysfs_read_all("/etc/filesystems", list, sizeof(list));
	size_t first = strcspn(list, "\n");

	if (boot->cmdline.fstype_count)
		return boot->cmdline.fstypes[0];
	if (length <= 0 || list[first] != '\n' || list[first + 1] || first >= MODULE_NAME)
		return NULL;
	list[first] = '\0';
	return text_join(only, MODULE_NAME, list, NULL);
}

/*
 * The aoe module and the file system's load in a process of their own, while this one brings the
 * NIC up and the link negotiates: neither needs the other, and each takes its time.
 */
static void load_beside(struct boot *boot)
{
	char only[MODULE_NAME];
	const char *filesystem = likely_filesystem(boot, only);

	boot->loader = fork();
	if (boot->loader > 0)
		return;
	modules_load(&boot->modules, "aoe");
	if (filesystem)
		modules_load(&boot->modules, filesystem);
	if (!boot->loader)
		_exit(0);
}

/* Waits for load_beside: what it has not loaded by now is missing. */
static void wait_for_loader(const struct boot *boot)
{
	while (boot->loader > 0 && waitpid(boot->loader, NULL, 0) < 0 && errno == EINTR)
		;
}

static int start(struct boot *boot)
{
	int rc = mount_api(&boot->failure);

	if (rc)
		return rc;
	report_start();
	rc = read_command_line(boot);
	if (rc)
		return rc;
	report_verbosity(boot->cmdline.quiet, boot->cmdline.debug);
	report_stage("start", "etherroot " ETHERROOT_VERSION ", kernel ", modules_kernel(),
	             ", root=", boot->cmdline.root.text, NULL);
	return 0;
}

static int listen_to_kernel(struct boot *boot)
{
	return wait_open(&boot->wait, &boot->cmdline, &boot->modules, &boot->nics, &boot->failure);
}

static int load(struct boot *boot)
{
	modules_open(&boot->modules, &boot->cmdline);
	load_beside(boot);
	modules_load_list(&boot->modules, "/etc/modules-load.d/etherroot.conf");
	return 0;
}

static int find(struct boot *boot)
{
	return find_root(&boot->cmdline, &boot->wait, &boot->root, &boot->failure);
}

static int mount_it(struct boot *boot)
{
	int rc;

	wait_for_loader(boot);
	rc = mount_root(&boot->cmdline, &boot->modules, &boot->root, &boot->failure);
	return rc ? rc : switch_find_init(&boot->cmdline, &boot->init, &boot->failure);
}

static int protect(struct boot *boot)
{
	protect_root(&boot->nics);
	return 0;
}

static int switch_to_it(struct boot *boot)
{
	return switch_root(boot->init, boot->argv, &boot->failure);
}

/*
 * From the kernel's hands to the OS's: what is done one after the other. Each returns 0, or a
 * negative errno with the failure filled; the last returns only then.
 */
static int (*const stages[])(struct boot *boot) = {
        start, listen_to_kernel, load, find, mount_it, protect, switch_to_it,
};

int main(int argc, char **argv)
{
	static const char not_here[] = "etherroot-init: this is the first process of an initramfs "
	                               "(see etherroot-init(7)); it does nothing here\n";
	static struct boot boot;

	(void)argc;
	boot.argv = argv;
	if (getpid() != 1) {
		(void)!write(STDERR_FILENO, not_here, sizeof(not_here) - 1);
		return 2;
	}
	for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]) && !stages[i](&boot); i++)
		;
	report_failure(&boot.failure);
	give_up(&boot.cmdline);
}
