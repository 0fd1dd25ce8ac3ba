/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/shutdown.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <unistd.h>

#include "init/deadline.h"
#include "init/disk.h"
#include "init/job.h"
#include "init/mount.h"
#include "init/mountinfo.h"
#include "init/report.h"
#include "init/sysfs.h"
#include "init/wait.h"
#include "tools/base/text.h"

enum {
	/* How long, in milliseconds, processes may take to end that were killed. */
	END_WITHIN = 5000,
	/* How often the disks' transfers are counted, which no event tells of... */
	COUNT_EVERY = 1000,
	/* ...after what time without one they count as silent, and when they are given up: a target
	 * that is started anew, or another that takes its place, is there before that. */
	SILENT_AFTER = 4000,
	GIVE_UP_AFTER = 60000,
};

/* Room for /proc/self/mountinfo; of a longer one what comes later is seen once some is gone. */
enum { MOUNTS_SIZE = 65536 };

/* What can be asked for; the first is what an unknown word means. */
static const struct verb {
	const char *name;
	int command;
} verbs[] = {
        {"poweroff", RB_POWER_OFF},
        {"reboot", RB_AUTOBOOT},
        {"halt", RB_HALT_SYSTEM},
        {"kexec", RB_KEXEC},
};

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; name && i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	return &verbs[0];
}

/* Calls visit for each mount of the old root, the last one first. Returns how often it was true. */
static unsigned each_mount(bool (*visit)(const struct mountinfo *mount))
{
	static char text[MOUNTS_SIZE];
	struct mountinfo mount;
	unsigned count = 0;

	sysfs_read_all("/proc/self/mountinfo", text, sizeof(text));
	while (mountinfo_take_last(text, &mount))
		count += mountinfo_is_below(mount.path, OLD_ROOT) && visit(&mount);
	return count;
}

static bool unmount(const struct mountinfo *mount)
{
	return !umount2(mount->path, UMOUNT_NOFOLLOW);
}

/* What could not be unmounted is at least to be whole. Whether it is neither. */
static bool make_read_only(const struct mountinfo *left)
{
	if (*left->source != '/' && strcmp(left->source, "overlay") != 0) /* no disk */
		return false;
	if (!mount(left->source, left->path, NULL, MS_REMOUNT | MS_RDONLY, NULL)) {
		report_warning(left->path, "still in use: made read-only instead of unmounted");
		return false;
	}
	report_warning(left->path,
	               "could be neither unmounted nor made read-only: ", report_errno(-errno));
	return true;
}

/* Has everything written. May wait for the disks. */
static _Noreturn void unmount_all(void)
{
	unsigned unclean;

	/* A process that waits for a disk ends, and lets go, no sooner than that has taken all. */
	for (unsigned round = 0; round < 2; round++) {
		while (each_mount(unmount))
			;
		sync();
	}
	unclean = each_mount(make_read_only);
	sync();
	_exit(unclean ? 1 : 0);
}

/* Says that it takes its time, and why. */
static void tell(bool answers)
{
	struct failure failure;
	char disks[96];

	disk_list(NULL, disks, sizeof(disks));
	failure_set(&failure, answers ? FAIL_NOTREADY : FAIL_SILENT, disks,
	            answers ? "it is being written to" : "does not answer as it is unmounted",
	            NULL);
	report_waiting(&failure);
}

static void give_up_disks(void)
{
	struct failure failure;
	char disks[96];

	disk_list(NULL, disks, sizeof(disks));
	failure_set(
	        &failure, FAIL_SILENT, disks,
	        "has not answered for a minute as it was unmounted; what was not written is lost",
	        NULL);
	report_failure(&failure);
}

/* Waits for the end of unmount_all, as long as the disks answer. */
static void wait_for_disks(struct job *job, int epoll)
{
	uint64_t now = deadline_now(), progress = now, next_telling = now + TELL_EVERY;
	uint64_t transfers = 0, count;
	struct epoll_event event;

	for (; job_runs(job); now = deadline_now()) {
		count = disk_transfers_of_all();
		if (count != transfers)
			progress = now;
		transfers = count;
		if (now - progress >= GIVE_UP_AFTER) {
			give_up_disks();
			return;
		}
		if (now >= next_telling) {
			tell(now - progress < SILENT_AFTER);
			next_telling = now + TELL_EVERY;
		}
		epoll_wait(epoll, &event, 1, COUNT_EVERY);
	}
	if (!job->status)
		report_stage("unmount", "all that was mounted is written", NULL);
}

static void unmount_within_bounds(void)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	struct job job = {0};
	int rc = job_start(&job, epoll);

	if (!rc)
		unmount_all();
	if (rc > 0) {
		wait_for_disks(&job, epoll);
		return;
	}
	report_warning(OLD_ROOT, "not unmounted: ", report_errno(rc));
	sync();
}

static _Noreturn void end_machine(const struct verb *verb)
{
	report_stage(verb->name, "as the OS wants it", NULL);
	reboot(verb->command);
	report_warning(verb->name, report_errno(-errno), "; rebooting instead");
	reboot(RB_AUTOBOOT); /* of kexec: no kernel was loaded */
	_exit(1);
}

int shutdown_main(char **argv)
{
	static const char not_here[] = "etherroot-init: shutdown is for process 1 alone, after the "
	                               "OS has ended (see etherroot-init(7))\n";
	const struct verb *verb = find_verb(argv[1]);
	struct failure failure;

	if (getpid() != 1) {
		(void)!write(STDERR_FILENO, not_here, sizeof(not_here) - 1);
		return 2;
	}
	report_start();
	if (mount_kernel(&failure))
		report_failure(&failure);
	report_stage("shutdown", "etherroot " ETHERROOT_VERSION ", ", verb->name, NULL);
	job_end_all(deadline_now() + END_WITHIN);
	unmount_within_bounds();
	end_machine(verb);
}
