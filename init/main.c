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
#include "init/handover.h"
#include "init/modules.h"
#include "init/mount.h"
#include "init/nic.h"
#include "init/report.h"
#include "init/sysfs.h"
#include "init/uevent.h"
#include "tools/base/text.h"

/* What a boot owns. Nothing of it is freed: exec or power-off ends it. */
struct boot {
	char line[4096]; /* /proc/cmdline; x86 has 2048 bytes (COMMAND_LINE_SIZE) */
	struct cmdline cmdline;
	struct modules modules;
	struct nics nics;
	int uevents;
	pid_t loader; /* loads modules side by side with this process, or -1 */
	struct root_device root;
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

static int listen_to_kernel(struct boot *boot)
{
	int rc = boot->uevents = uevent_open();

	if (rc >= 0)
		rc = nics_open(&boot->nics, &boot->cmdline);
	if (rc < 0)
		failure_set(&boot->failure, FAIL_SYSTEM, "netlink",
		            "opening a socket: ", report_errno(rc), NULL);
	return rc < 0 ? rc : 0;
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

/* From the kernel's hands to the OS's; returns only when the boot cannot go on. */
static void boot_the_root(struct boot *boot, char **argv)
{
	const char *init;

	if (mount_api(&boot->failure))
		return;
	report_start();
	if (read_command_line(boot))
		return;
	report_verbosity(boot->cmdline.quiet, boot->cmdline.debug);
	report_stage("start", "etherroot " ETHERROOT_VERSION ", kernel ", modules_kernel(),
	             ", root=", boot->cmdline.root.text, NULL);
	modules_open(&boot->modules, &boot->cmdline);
	if (listen_to_kernel(boot))
		return;
	load_beside(boot);
	modules_load_list(&boot->modules, "/etc/modules-load.d/etherroot.conf");
	if (find_root(&boot->cmdline, &boot->modules, &boot->nics, boot->uevents, &boot->root,
	              &boot->failure))
		return;
	wait_for_loader(boot);
	if (mount_root(&boot->cmdline, &boot->modules, &boot->root, &boot->failure) ||
	    handover_find_init(&boot->cmdline, &init, &boot->failure))
		return;
	handover_write_rules(&boot->nics);
	handover_switch(init, argv, &boot->failure);
}

int main(int argc, char **argv)
{
	static const char not_here[] = "etherroot-init: this is the first process of an initramfs "
	                               "(see etherroot-init(7)); it does nothing here\n";
	static struct boot boot;

	(void)argc;
	if (getpid() != 1) {
		(void)!write(STDERR_FILENO, not_here, sizeof(not_here) - 1);
		return 2;
	}
	boot_the_root(&boot, argv);
	report_failure(&boot.failure);
	give_up(&boot.cmdline);
}
