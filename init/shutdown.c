/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/shutdown.h"

#include <errno.h>
#include <fcntl.h>
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
	/* What takes longer is left to itself while others are unmounted. */
	PATIENCE = 1000,
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

/* A file system, and what waits for its disk. */
struct drain {
	char device[MOUNTINFO_DEVICE]; /* whose it is; "" for none */
	char name[48];                 /* for the user */
	struct job job;
	uint64_t transfers; /* of the disk, when they were last looked at... */
	uint64_t progress;  /* ...and when there were more of them than before */
	bool given_up;
};

/* Of more file systems than these, some wait for the end of others. */
enum { DRAINS = 32 };

/* The end of a machine. */
struct ending {
	int epoll;
	uint64_t next_telling;
	struct drain drain[DRAINS];
};

/* Calls visit for each mount of the old root, the last one first. Returns how often it was true. */
static unsigned each_mount(struct ending *ending,
                           bool (*visit)(struct ending *ending, const struct mountinfo *mount))
{
	static char text[MOUNTS_SIZE];
	struct mountinfo mount;
	unsigned count = 0;

	sysfs_read_all("/proc/self/mountinfo", text, sizeof(text));
	while (mountinfo_take_last(text, &mount))
		count += mountinfo_is_below(mount.path, OLD_ROOT) && visit(ending, &mount);
	return count;
}

/* ---- waiting ------------------------------------------------------------------------------------
 */

static bool answers(const struct drain *drain)
{
	return deadline_now() - drain->progress < SILENT_AFTER;
}

/* Says what it is that takes its time: what is silent, if anything is. */
static void tell(struct ending *ending)
{
	struct failure failure;
	char names[96];
	struct text text;
	bool silent = false;

	for (struct drain *drain = ending->drain; drain < ending->drain + DRAINS; drain++)
		silent |= drain->job.pid && !drain->given_up && !answers(drain);
	text_begin(&text, names, sizeof(names));
	for (struct drain *drain = ending->drain; drain < ending->drain + DRAINS; drain++) {
		if (!drain->job.pid || drain->given_up || answers(drain) == silent)
			continue;
		text_add(&text, text.used ? ", " : "");
		text_add(&text, drain->name);
	}
	failure_set(&failure, silent ? FAIL_SILENT : FAIL_NOTREADY, names,
	            silent ? "does not answer as it is unmounted" : "it is being written to", NULL);
	report_waiting(&failure);
}

static void give_up_disk(struct drain *drain)
{
	struct failure failure;

	drain->given_up = true;
	failure_set(
	        &failure, FAIL_SILENT, drain->name,
	        "has not answered for a minute as it was unmounted; what was not written is lost",
	        NULL);
	report_failure(&failure);
}

/* Whether something is done to a file system now, and its disk has not been given up. */
static bool is_busy(struct drain *drain)
{
	uint64_t now = deadline_now(), transfers;

	if (drain->given_up || !job_runs(&drain->job))
		return false;
	transfers = disk_transfers_of(drain->device);
	if (transfers != drain->transfers)
		drain->progress = now;
	drain->transfers = transfers;
	if (now - drain->progress >= GIVE_UP_AFTER)
		give_up_disk(drain);
	return !drain->given_up;
}

/* Waits for one file system, or with NULL for all, as long as their disks answer. */
static void wait_while_busy(struct ending *ending, struct drain *which, uint64_t deadline)
{
	struct epoll_event event;

	for (uint64_t now; (now = deadline_now()) < deadline;) {
		bool busy = false;

		for (struct drain *drain = ending->drain; drain < ending->drain + DRAINS; drain++)
			busy |= is_busy(drain) && (!which || drain == which);
		if (!busy)
			return;
		if (now >= ending->next_telling) {
			tell(ending);
			ending->next_telling = now + TELL_EVERY;
		}
		epoll_wait(ending->epoll, &event, 1, COUNT_EVERY);
	}
}

/* ---- doing --------------------------------------------------------------------------------------
 */

/* What is known of a file system, perhaps nothing yet; NULL: there are too many. */
static struct drain *find_drain(struct ending *ending, const struct mountinfo *mount)
{
	struct drain *found = NULL;

	for (struct drain *drain = ending->drain; drain < ending->drain + DRAINS; drain++) {
		if (!strcmp(drain->device, mount->device))
			return drain;
		if (!found && !drain->job.pid)
			found = drain;
	}
	if (!found)
		return NULL;
	*found = (struct drain){.transfers = disk_transfers_of(mount->device)};
	text_join(found->device, sizeof(found->device), mount->device, NULL);
	if (*mount->source == '/')
		text_join(found->name, sizeof(found->name), disk_name_of(mount->source), NULL);
	else /* as an overlay: whichever of them it waits for */
		disk_list(NULL, found->name, sizeof(found->name));
	return found;
}

/*
 * Has something done to a mount by a process of its own, since it may wait for the disk. Returns
 * whether it is done, or begun and not done so soon.
 */
static bool act(struct ending *ending, const struct mountinfo *mount,
                bool (*action)(const struct mountinfo *mount))
{
	struct drain *drain = find_drain(ending, mount);
	int rc;

	if (!drain || drain->given_up || job_runs(&drain->job))
		return false;
	drain->progress = deadline_now();
	rc = job_start(&drain->job, ending->epoll);
	if (!rc)
		_exit(action(mount) ? 0 : 1);
	if (rc < 0) {
		report_warning(mount->path, "not unmounted: ", report_errno(rc));
		return false;
	}
	wait_while_busy(ending, drain, deadline_now() + PATIENCE);
	return drain->job.pid || !drain->job.status;
}

static bool unmount_now(const struct mountinfo *mount)
{
	return !umount2(mount->path, UMOUNT_NOFOLLOW);
}

static bool unmount(struct ending *ending, const struct mountinfo *mount)
{
	return act(ending, mount, unmount_now);
}

/* Whether what is written there goes to a disk, or through an overlay to that of another mount. */
static bool is_on_disk(const struct mountinfo *mount)
{
	return *mount->source == '/' || !strcmp(mount->source, "overlay");
}

static bool write_now(const struct mountinfo *mount)
{
	return !syncfs(open(mount->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

/* What is in use is to be whole, at least; what holds it may only wait for just that. */
static bool write_out(struct ending *ending, const struct mountinfo *mount)
{
	if (!is_on_disk(mount))
		return false;
	act(ending, mount, write_now);
	return true;
}

static bool make_read_only_now(const struct mountinfo *left)
{
	if (!mount(left->source, left->path, NULL, MS_REMOUNT | MS_RDONLY, NULL)) {
		report_warning(left->path, "still in use: made read-only instead of unmounted");
		return true;
	}
	report_warning(left->path,
	               "could be neither unmounted nor made read-only: ", report_errno(-errno));
	return false;
}

/* Whether it is neither unmounted nor that. */
static bool make_read_only(struct ending *ending, const struct mountinfo *left)
{
	return is_on_disk(left) && !act(ending, left, make_read_only_now);
}

/* Has everything written, as long as the disks answer. */
static void unmount_all(struct ending *ending)
{
	unsigned unclean;

	for (unsigned round = 0; round < 2; round++) {
		while (each_mount(ending, unmount))
			;
		/* A process that waits for a disk ends no sooner than that has taken all. */
		if (each_mount(ending, write_out) && !round) {
			wait_while_busy(ending, NULL, DEADLINE_NEVER);
			job_end_all(deadline_now() + END_WITHIN);
		}
	}
	unclean = each_mount(ending, make_read_only);
	wait_while_busy(ending, NULL, DEADLINE_NEVER);
	for (struct drain *drain = ending->drain; drain < ending->drain + DRAINS; drain++)
		unclean += drain->given_up;
	if (!unclean)
		report_stage("unmount", "all that was mounted is written", NULL);
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
	static struct ending ending;
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
	ending.epoll = epoll_create1(EPOLL_CLOEXEC);
	ending.next_telling = deadline_now() + TELL_EVERY;
	unmount_all(&ending);
	end_machine(verb);
}
