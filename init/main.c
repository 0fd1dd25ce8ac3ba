/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The first process of a machine that has no disk. From the kernel's start of /init to the start of
 * the OS's own init on a disk that is exported over Ethernet, this file is the way.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "init/cmdline.h"
#include "init/console.h"
#include "init/deadline.h"
#include "init/disk.h"
#include "init/enter.h"
#include "init/find.h"
#include "init/firmware.h"
#include "init/giveup.h"
#include "init/iflist.h"
#include "init/loader.h"
#include "init/modprobe.h"
#include "init/modules.h"
#include "init/mount.h"
#include "init/nic.h"
#include "init/protect.h"
#include "init/report.h"
#include "init/shutdown.h"
#include "init/switch.h"
#include "init/sysfs.h"
#include "init/toram.h"
#include "init/wait.h"
#include "tools/base/text.h"

/* What a boot owns. Nothing of it is freed: exec or power-off ends it. */
struct boot {
	char **argv;
	char line[4096]; /* /proc/cmdline; x86 has 2048 bytes (COMMAND_LINE_SIZE) */
	struct cmdline cmdline;
	struct firmware firmware;
	struct modules modules;
	struct nics nics;
	struct wait wait;
	struct loader loader;
	struct device devices[DEVICES];
	const char *init; /* of the OS */
	struct failure failure;
};

static int read_command_line(struct boot *boot)
{
	struct cmdline_error error;
	char place[TEXT_NUMBER];

	sysfs_read_all("/proc/cmdline", boot->line, sizeof(boot->line));
	if (!cmdline_parse(boot->line, &boot->cmdline, &error))
		return 0;
	failure_set(&boot->failure, FAIL_CMDLINE, error.word, "character ",
	            text_decimal(place, error.position + 1), ": ", error.problem, NULL);
	return -EINVAL;
}

static int begin(struct boot *boot)
{
	int rc;

	report_start();
	report_open_log();
	rc = read_command_line(boot);
	if (rc)
		return rc;
	report_verbosity(boot->cmdline.quiet, boot->cmdline.debug);
	if (boot->cmdline.target_is_ignored)
		report_warning("rd.target=",
		               "it chooses for root=aoe: or netroot= alone, and is ignored");
	if (!boot->cmdline.root_hash && boot->cmdline.hash_tree.kind != ROOT_ABFT)
		report_warning("rd.verity.hash=",
		               "without roothash= it is ignored, and the root is not checked");
	if (boot->cmdline.netroot_is_ignored)
		report_warning("netroot=",
		               "it says where to look for a UUID or a label alone, and is "
		               "ignored");
	if (boot->cmdline.unreadable_bootif)
		report_warning(boot->cmdline.unreadable_bootif,
		               "it names no network card, and is ignored: expected "
		               "01-aa-bb-cc-dd-ee-ff");
	report_stage("start", "etherroot " ETHERROOT_VERSION ", kernel ", modules_kernel(),
	             ", root=", boot->cmdline.root.text, NULL);
	return 0;
}

static int start(struct boot *boot)
{
	int rc = mount_api(&boot->failure);

	return rc ? rc : begin(boot);
}

static int ask_firmware(struct boot *boot)
{
	return firmware_ask(&boot->firmware, &boot->cmdline, &boot->failure);
}

static int listen_to_kernel(struct boot *boot)
{
	return wait_open(&boot->wait, &boot->cmdline, &boot->nics, &boot->loader, &boot->failure);
}

static int load(struct boot *boot)
{
	int rc;

	modules_open(&boot->modules, &boot->cmdline);
	rc = loader_start(&boot->loader, &boot->modules, boot->wait.epoll);
	if (rc)
		failure_set(&boot->failure, FAIL_SYSTEM, "modules",
		            "starting a process that loads them: ", report_errno(rc), NULL);
	return rc;
}

static int find(struct boot *boot)
{
	return find_devices(&boot->cmdline, &boot->modules, &boot->wait, boot->devices,
	                    &boot->failure);
}

static void end_jobs(struct boot *boot)
{
	for (unsigned i = 0; i < DEVICES; i++)
		job_end(&boot->devices[i].reader);
	job_end(&boot->wait.revival.job);
}

static int copy_to_memory(struct boot *boot)
{
	int rc;

	if (!boot->cmdline.to_memory)
		return 0;
	rc = toram_run(&boot->modules, &boot->wait, &boot->devices[DEVICE_ROOT], &boot->failure);
	end_jobs(boot);
	return rc;
}

static int enter(struct boot *boot)
{
	return enter_root(&boot->cmdline, &boot->modules, &boot->wait, boot->devices, &boot->init,
	                  &boot->failure);
}

static int protect(struct boot *boot)
{
	loader_end(&boot->loader);
	end_jobs(boot);
	iflist_pin(&boot->cmdline);
	if (boot->cmdline.to_memory)
		toram_let_disks_go();
	protect_root(&boot->nics, &boot->cmdline);
	protect_layers(&boot->cmdline);
	return 0;
}

static int switch_to_it(struct boot *boot)
{
	return switch_root(&boot->cmdline, boot->init, boot->argv, boot->wait.give_up,
	                   &boot->failure);
}

/*
 * From the start to the OS's hands: what is done one after the other, and what rd.break= calls it.
 * Each returns 0, or a negative errno with the failure filled; the last returns only then.
 */
static const struct stage {
	const char *name;
	int (*run)(struct boot *boot);
} stages[] = {
        {"abft", ask_firmware}, {"listen", listen_to_kernel}, {"load", load},
        {"find", find},         {"toram", copy_to_memory},    {"mount", enter},
        {"protect", protect},   {"switch", switch_to_it},
};

enum { STAGES = sizeof(stages) / sizeof(stages[0]) };

static bool is_stage(const char *name)
{
	for (size_t i = 0; i < STAGES; i++)
		if (!strcmp(stages[i].name, name))
			return true;
	return false;
}

/* Refuses a breakpoint at what is no stage. */
static int check_breaks(struct boot *boot)
{
	char names[96];
	struct text text;

	text_begin(&text, names, sizeof(names));
	for (size_t i = 0; i < STAGES; i++) {
		text_add(&text, i ? ", " : "");
		text_add(&text, stages[i].name);
	}
	for (unsigned i = 0; i < boot->cmdline.break_count; i++) {
		if (is_stage(boot->cmdline.breaks[i]))
			continue;
		failure_set(&boot->failure, FAIL_CMDLINE, "rd.break=", "no stage is called ",
		            boot->cmdline.breaks[i], "; there are ", names, NULL);
		return -EINVAL;
	}
	return 0;
}

/* Gives the user a shell before a stage, if rd.break= says so. What that takes is no waiting. */
static void break_before(struct boot *boot, const char *stage)
{
	uint64_t begun = deadline_now();
	bool here = false;

	for (unsigned i = 0; i < boot->cmdline.break_count; i++)
		here |= !strcmp(boot->cmdline.breaks[i], stage);
	if (here && !console_has_shell())
		report_warning("rd.break=", stage, ": this image has no shell (initrd --shell)");
	else if (here)
		console_run_shell("go on with the boot");
	if (boot->wait.give_up != DEADLINE_NEVER)
		boot->wait.give_up += deadline_now() - begun;
}

static int run_stages(struct boot *boot)
{
	int rc = start(boot);

	rc = rc ? rc : check_breaks(boot);
	for (size_t i = 0; !rc && i < STAGES; i++) {
		break_before(boot, stages[i].name);
		rc = stages[i].run(boot);
	}
	return rc;
}

/* ---- beside another's initramfs ---- */

/* What is made of the disk is for that to do: what it does not know of must not be passed over. */
static int refuse_more(struct boot *boot)
{
	const struct cmdline *cmdline = &boot->cmdline;
	const char *word = cmdline->overlay.wanted ? "rd.overlay"
	                   : cmdline->root_hash    ? "roothash="
	                   : cmdline->to_memory    ? "rd.toram"
	                   : cmdline->hook         ? "rd.hook="
	                                           : NULL;

	if (!word)
		return 0;
	failure_set(&boot->failure, FAIL_UNSUPPORTED, word,
	            "the initrd of etherroot has it, and not this one", NULL);
	return -EOPNOTSUPP;
}

/* A line with the path of the root, for the script that has asked. */
static int tell(struct boot *boot)
{
	char line[DISK_PATH + 1];
	size_t length =
	        strlen(text_join(line, sizeof(line), boot->devices[DEVICE_ROOT].path, "\n", NULL));

	if (length > 1 && write(STDOUT_FILENO, line, length) == (ssize_t)length)
		return 0;
	failure_set(&boot->failure, FAIL_SYSTEM, "root=",
	            length > 1 ? "its path cannot be handed over" : "it is no disk of the LAN",
	            NULL);
	return -EIO;
}

/*
 * Finds the root's disk as a boot does, prints its path, and ends; the links stay up. Nothing is
 * mounted: a second /proc would be in the way of who moves the first into the root.
 */
static int find_main(char **argv)
{
	static int (*const steps[])(struct boot * boot) = {
	        begin, refuse_more, ask_firmware, listen_to_kernel, load, find, protect, tell,
	};
	static struct boot boot;
	int rc = 0;

	(void)argv;
	for (size_t i = 0; !rc && i < sizeof(steps) / sizeof(steps[0]); i++)
		rc = steps[i](&boot);
	if (!rc)
		return 0;
	loader_end(&boot.loader);
	end_jobs(&boot);
	report_failure(&boot.failure);
	return 1;
}

/* What this program is under other names than /init, in whatever directory. */
static const struct role {
	const char *name;
	int (*main)(char **argv);
} roles[] = {
        {"etherroot-find", find_main},
        {"modprobe", modprobe_main},
        {"shutdown", shutdown_main},
};

/* The role that argv[0] asks for, or NULL. */
static const struct role *find_role(const char *path)
{
	const char *slash = strrchr(path, '/');

	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		if (!strcmp(slash ? slash + 1 : path, roles[i].name))
			return &roles[i];
	return NULL;
}

int main(int argc, char **argv)
{
	static const char not_here[] = "etherroot-init: this is the first process of an initramfs "
	                               "(see etherroot-init(7)); it does nothing here\n";
	const struct role *role = argc > 0 ? find_role(argv[0]) : NULL;
	static struct boot boot;

	if (role)
		return role->main(argv);
	boot.argv = argv;
	if (getpid() != 1) {
		(void)!write(STDERR_FILENO, not_here, sizeof(not_here) - 1);
		return 2;
	}
	run_stages(&boot);
	report_failure(&boot.failure);
	give_up(&boot.cmdline, boot.failure.code, argv);
}
