/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/find.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "init/choice.h"
#include "init/deadline.h"
#include "init/diagnose.h"
#include "init/hardware.h"
#include "init/search.h"
#include "tools/base/text.h"

enum {
	/*
	 * How long, in milliseconds, others may come that have the same UUID or label: one round of
	 * questions to the LAN.
	 */
	ROUND = 250,
	/* A disk that has not answered a read for so long holds up nobody, and is named. */
	SILENT_AFTER = 2000,
	/*
	 * What was not as it should be is looked at again: it may be put right on the server.
	 * Seldom where that is all that is on the LAN.
	 */
	AGAIN_EVERY = 5000,
	ALL_AGAIN_EVERY = 30000,
};

/* The state of the search. */
struct find {
	const struct cmdline *cmdline;
	const struct modules *modules;
	struct wait *wait;
	struct root_device *found;
	struct search search;
	struct job rescan;
	uint64_t not_before; /* rootdelay= */
	uint64_t again;      /* what was read before this is read again */
	uint64_t next_again;
	uint64_t matched; /* when a disk with the UUID or label was seen first; 0: not yet */
	bool announced;   /* the disk that root=aoe: names */
	bool reported;
	bool has_problem; /* which is the following: the disk is there, and not as it should be */
	struct failure problem;
	struct wait_goal goal;
};

static const struct root_address *root_of(const struct find *find)
{
	return &find->cmdline->root;
}

/*
 * Whether the disk that root= names is there. It shows in sysfs some time before it can be opened
 * and before its partitions are known; when all of that is done the kernel announces it
 * (block/genhd.c, device_add_disk).
 */
static bool wanted_disk_exists(const struct find *find)
{
	char disk[DISK_NAME];

	return root_of(find)->kind == ROOT_AOE && disk_exists(disk_name(disk, root_of(find), 0));
}

/* A disk or partition was announced, or some may have been. */
static void take_disk(void *context, const char *devname)
{
	static const char directory[] = "etherd/";
	struct find *find = context;
	const char *name = devname ? devname + sizeof(directory) - 1 : NULL;
	char wanted[DISK_NAME];

	if (devname && !text_begins(devname, directory))
		return;
	if (root_of(find)->kind != ROOT_AOE && name)
		search_note(&find->search, name);
	else if (root_of(find)->kind != ROOT_AOE)
		search_note_all(&find->search, true);
	else if (name ? !strcmp(name, disk_name(wanted, root_of(find), 0))
	              : wanted_disk_exists(find))
		find->announced = true;
}

static void missing(void *context, struct failure *failure)
{
	struct find *find = context;
	struct snapshot now = wait_snapshot(find->wait);
	struct driverless driverless;
	char disks[160], silent[96];

	if (find->has_problem) {
		*failure = find->problem;
		return;
	}
	hardware_find_driverless(find->modules, HARDWARE_BUSSES, &driverless);
	disk_list(NULL, disks, sizeof(disks));
	search_list_silent(&find->search, deadline_now() - SILENT_AFTER, silent, sizeof(silent));
	now.driverless = driverless.device;
	now.untaken = driverless.driver;
	now.has_wanted_disk = wanted_disk_exists(find);
	now.disks = disks;
	if (*silent)
		now.silent = silent;
	diagnose(&now, failure);
}

/* The disk is there, but there is something about it; the user is told at once what. */
static int go_on_with_problem(struct find *find, const struct failure *problem)
{
	if (!find->has_problem || find->problem.code != problem->code)
		wait_tell_now(find->wait);
	find->has_problem = true;
	find->problem = *problem;
	return -EAGAIN;
}

/* What was read of the root. Returns 0, or -EMEDIUMTYPE with *failure when no root can be on it. */
static int take(struct find *find, const struct search_device *device, struct failure *failure)
{
	struct root_device *found = find->found;

	found->superblock = device->reading->superblock;
	if (!find->reported)
		disk_report(device->name, find->wait->questions);
	if (found->superblock.module || !found->superblock.type)
		return 0;
	failure_set(failure, FAIL_CONTAINER, found->path, "it is ", found->superblock.type,
	            ", which this init mounts no root from", NULL);
	return -EMEDIUMTYPE;
}

/* This device it is, as soon as there is something on it that can be mounted. */
static int take_or_wait(struct find *find, const struct search_device *device,
                        struct failure *failure)
{
	struct failure problem;
	int rc = device->reading->rc;

	disk_path(find->found->path, device->name);
	if (!rc || (rc == -ENOENT && find->cmdline->fstype_count))
		return take(find, device, failure);
	failure_set(&problem, FAIL_NOFS, find->found->path,
	            rc == -ENOENT ? "it holds no file system that is known" : report_errno(rc),
	            NULL);
	return go_on_with_problem(find, &problem);
}

/* ---- root=aoe: ----------------------------------------------------------------------------------
 */

/* What is wanted is not on the disk: perhaps its partition table was written only now. */
static void rescan(struct find *find, const char *disk)
{
	int rc = 1;

	if (!job_runs(&find->rescan) && deadline_now() >= find->next_again) {
		find->next_again = deadline_now() + AGAIN_EVERY;
		if (find->has_problem)
			rc = job_start(&find->rescan, find->wait->epoll);
	}
	if (!rc) {
		disk_rescan(disk);
		_exit(0);
	}
}

static int miss_partition(struct find *find, const char *disk, const char *name)
{
	struct failure problem;
	char partitions[160];

	rescan(find, disk);
	disk_list(disk, partitions, sizeof(partitions));
	failure_set(&problem, FAIL_NOPART, name, "the disk has no such partition; it has ",
	            *partitions ? partitions : "none", NULL);
	return go_on_with_problem(find, &problem);
}

/* Reads what stands on the wanted device, again and again if it is nothing. */
static int look_into(struct find *find, const char *name, struct failure *failure)
{
	struct search_device *device = find->search.device;

	if (!find->search.count)
		device = search_note(&find->search, name);
	search_update(&find->search, find->again);
	if (!device->was_read || device->is_read)
		return -EAGAIN;
	return take_or_wait(find, device, failure);
}

/* Reads the whole disk and each of its partitions, until one of them can be the root. */
static int look_all_over(struct find *find, const char *disk, struct failure *failure)
{
	const struct search_device *chosen;
	struct failure problem;
	int rc;

	search_note_all(&find->search, false);
	search_update(&find->search, find->again);
	for (unsigned i = 0; i < find->search.count; i++) {
		struct search_device *device = &find->search.device[i];

		rc = device->reading->rc;
		if (!device->was_read || device->is_read)
			return -EAGAIN;
		if (rc && rc != -ENOENT && rc != -ENODEV) /* which one that is gone gives */
			return take_or_wait(find, device, failure);
	}
	rc = choose_root(find->search.device, find->search.count, &chosen, &problem);
	if (!rc)
		return take_or_wait(find, chosen, failure);
	rescan(find, disk);
	if (rc == -ENOENT)
		return go_on_with_problem(find, &problem);
	*failure = problem;
	return rc;
}

static int look_for_address(struct find *find, struct failure *failure)
{
	char disk[DISK_NAME], name[DISK_NAME];

	wait_check_servers(find->wait, root_of(find)->address);
	if (!find->announced)
		return -EAGAIN;
	disk_name(disk, root_of(find), 0);
	disk_name(name, root_of(find), root_of(find)->partition);
	if (!find->reported)
		disk_report(disk, find->wait->questions);
	find->reported = true;
	if (root_of(find)->any_partition)
		return look_all_over(find, disk, failure);
	disk_path(find->found->path, name);
	if (!disk_exists(name))
		return miss_partition(find, disk, name);
	if (find->problem.code == FAIL_NOPART)
		find->has_problem = false;
	return find->cmdline->fstype_count ? 0 : look_into(find, name, failure);
}

/* ---- root=UUID=, LABEL=, PARTUUID=, PARTLABEL= --------------------------------------------------
 */

/* Whether all have had the time to say that they are the one as well. */
static bool round_is_over(struct find *find)
{
	uint64_t now = deadline_now(), over = find->matched + ROUND;

	for (unsigned i = 0; i < find->search.count; i++) {
		struct search_device *device = &find->search.device[i];

		if (device->is_read && over < device->since + SILENT_AFTER)
			over = device->since + SILENT_AFTER;
	}
	find->goal.next_look = over;
	return now >= over;
}

static int look_for_label(struct find *find, struct failure *failure)
{
	const struct search_device *match;
	int rc;

	search_note_all(&find->search, false);
	search_update(&find->search, find->again);
	rc = choose_named(root_of(find), find->search.device, find->search.count, &match, failure);
	if (rc == -ENOENT) {
		find->has_problem = false;
		return -EAGAIN;
	}
	if (!find->matched)
		find->matched = deadline_now();
	if (rc)
		return rc;
	return round_is_over(find) ? take_or_wait(find, match, failure) : -EAGAIN;
}

/* -------------------------------------------------------------------------------------------------
 */

static int look(void *context, struct failure *failure)
{
	struct find *find = context;
	bool by_address = root_of(find)->kind == ROOT_AOE;
	unsigned again_every = by_address ? AGAIN_EVERY : ALL_AGAIN_EVERY;
	uint64_t now = deadline_now();

	find->goal.next_look = find->not_before;
	if (now < find->not_before)
		return -EAGAIN;
	find->again = now > again_every ? now - again_every : 0;
	find->goal.next_look =
	        find->announced || find->search.count ? now + again_every : DEADLINE_NEVER;
	return by_address ? look_for_address(find, failure) : look_for_label(find, failure);
}

int find_root(const struct cmdline *cmdline, const struct modules *modules, struct wait *wait,
              struct root_device *device, struct failure *failure)
{
	struct find find = {
	        .cmdline = cmdline,
	        .modules = modules,
	        .wait = wait,
	        .found = device,
	        .not_before = deadline_now() + (uint64_t)cmdline->rootdelay * 1000,
	};
	int rc = search_open(&find.search, wait->epoll);

	if (rc) {
		failure_set(failure, FAIL_SYSTEM, "memory", report_errno(rc), NULL);
		return rc;
	}
	find.search.partitions = root_needs_table(&cmdline->root);
	find.search.beyond = cmdline->root.beyond;
	if (cmdline->root.any_partition)
		disk_name(find.search.disk, &cmdline->root, 0);
	find.goal = (struct wait_goal){&find, look, missing, take_disk, DEADLINE_NEVER};
	/* Disks of an earlier try are whole: nothing that finds new ones is loaded or up yet. */
	take_disk(&find, NULL);
	rc = wait_for(wait, &find.goal, failure);
	job_end(&find.rescan);
	search_close(&find.search);
	return rc;
}
