/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/wanted.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "init/choice.h"
#include "init/deadline.h"

enum {
	/*
	 * How long, in milliseconds, others may come that have the same UUID or label: one round of
	 * questions to the LAN.
	 */
	ROUND = 250,
	/*
	 * What was not as it should be is looked at again: it may be put right on the server.
	 * Seldom where that is all that is on the LAN.
	 */
	AGAIN_EVERY = 5000,
	ALL_AGAIN_EVERY = 30000,
};

/*
 * Whether the disk that is named is there. It shows in sysfs some time before it can be opened
 * and before its partitions are known; when all of that is done the kernel announces it
 * (block/genhd.c, device_add_disk).
 */
bool wanted_disk_exists(const struct wanted *wanted)
{
	char disk[DISK_NAME];

	return wanted->address->kind == ROOT_AOE &&
	       disk_exists(disk_name(disk, wanted->address, 0));
}

void wanted_announce(struct wanted *wanted, const char *devname)
{
	const char *name = devname ? disk_announced(devname) : NULL;
	char disk[DISK_NAME];

	if (devname && !name)
		return;
	if (wanted->address->kind != ROOT_AOE && name)
		search_note(&wanted->search, name);
	else if (wanted->address->kind != ROOT_AOE)
		search_note_all(&wanted->search, true);
	else if (name ? !strcmp(name, disk_name(disk, wanted->address, 0))
	              : wanted_disk_exists(wanted))
		wanted->announced = true;
}

/*
 * As soon as the device is known, and open until it is mounted: what is read meanwhile waits less
 * for a frame that is lost.
 */
static void read_ahead(struct wanted *wanted, const char *name)
{
	char path[DISK_PATH];

	if (wanted->has_problem || job_runs(&wanted->found->reader) ||
	    job_start(&wanted->found->reader, wanted->wait->epoll))
		return;
	disk_read_ahead(disk_path(path, name));
	for (;;)
		pause();
}

/*
 * The disk is there, but there is something about it; the user is told at once what. Only while
 * nobody has it open is it read anew.
 */
static int go_on_with_problem(struct wanted *wanted, const struct failure *problem)
{
	if (!wanted->has_problem || wanted->problem.code != problem->code)
		wait_tell_now(wanted->wait);
	wanted->has_problem = true;
	wanted->problem = *problem;
	job_end(&wanted->found->reader);
	return -EAGAIN;
}

/* What was read of the root. Returns 0, or -EMEDIUMTYPE with *failure when no root can be on it. */
static int take(struct wanted *wanted, const struct search_device *device, struct failure *failure)
{
	struct device *found = wanted->found;

	wanted->has_problem = false;
	read_ahead(wanted, device->name);
	found->superblock = device->reading->superblock;
	if (!wanted->reported)
		disk_report(device->name, wanted->wait->questions);
	if (found->superblock.module || !found->superblock.type || wanted->any_content)
		return 0;
	failure_set(failure, FAIL_CONTAINER, found->path, "it is ", found->superblock.type,
	            ", which this init does not mount", NULL);
	return -EMEDIUMTYPE;
}

/* What this machine has not enough of is no fault of the disk's. */
static bool is_shortage(int rc)
{
	return rc == -ENOMEM || rc == -EMFILE || rc == -ENFILE;
}

/* This device it is, as soon as there is something on it that can be mounted. */
static int take_or_wait(struct wanted *wanted, const struct search_device *device,
                        struct failure *failure)
{
	struct failure problem;
	int rc = device->reading->rc;

	disk_path(wanted->found->path, device->name);
	if (!rc || (rc == -ENOENT && wanted->by_type))
		return take(wanted, device, failure);
	if (rc == -ENOENT)
		failure_set(&problem, FAIL_NOFS, wanted->found->path,
		            "it holds no file system that is known", NULL);
	else
		failure_set(&problem, is_shortage(rc) ? FAIL_SYSTEM : FAIL_IO, wanted->found->path,
		            "reading what it holds: ", report_errno(rc), NULL);
	return go_on_with_problem(wanted, &problem);
}

/* ---- root=aoe: ----------------------------------------------------------------------------------
 */

/* What is wanted is not on the disk: perhaps its partition table was written only now. */
static void rescan(struct wanted *wanted, const char *disk)
{
	int rc = 1;

	if (!job_runs(&wanted->rescan) && deadline_now() >= wanted->next_again) {
		wanted->next_again = deadline_now() + AGAIN_EVERY;
		if (wanted->has_problem)
			rc = job_start(&wanted->rescan, wanted->wait->epoll);
	}
	if (!rc) {
		disk_rescan(disk);
		_exit(0);
	}
}

static int miss_partition(struct wanted *wanted, const char *disk, const char *name)
{
	struct failure problem;
	char partitions[160];

	rescan(wanted, disk);
	if (wanted->has_problem && job_runs(&wanted->rescan))
		return -EAGAIN; /* while the kernel reads the table it has no partitions */
	disk_list(disk, partitions, sizeof(partitions));
	failure_set(&problem, FAIL_NOPART, name, "the disk has no such partition; it has ",
	            *partitions ? partitions : "none", NULL);
	return go_on_with_problem(wanted, &problem);
}

/* Reads what stands on the wanted device, again and again if it is nothing. */
static int look_into(struct wanted *wanted, const char *name, struct failure *failure)
{
	struct search_device *device = wanted->search.device;

	if (!wanted->search.count)
		device = search_note(&wanted->search, name);
	search_update(&wanted->search, wanted->again);
	if (!device->was_read || device->is_read)
		return -EAGAIN;
	return take_or_wait(wanted, device, failure);
}

/* Reads the whole disk and each of its partitions, until one of them can be the root. */
static int look_all_over(struct wanted *wanted, const char *disk, struct failure *failure)
{
	const struct search_device *chosen;
	struct failure problem;
	int rc;

	search_note_all(&wanted->search, false);
	search_update(&wanted->search, wanted->again);
	for (unsigned i = 0; i < wanted->search.count; i++) {
		struct search_device *device = &wanted->search.device[i];

		rc = device->reading->rc;
		if (!device->was_read || device->is_read)
			return -EAGAIN;
		if (rc && rc != -ENOENT && rc != -ENODEV) /* which one that is gone gives */
			return take_or_wait(wanted, device, failure);
	}
	rc = choose_root(wanted->search.device, wanted->search.count, &chosen, &problem);
	if (!rc)
		return take_or_wait(wanted, chosen, failure);
	rescan(wanted, disk);
	if (rc == -ENOENT)
		return go_on_with_problem(wanted, &problem);
	*failure = problem;
	return rc;
}

static int look_for_address(struct wanted *wanted, struct failure *failure)
{
	char disk[DISK_NAME], name[DISK_NAME];

	wait_check_servers(wanted->wait, disk_name(disk, wanted->address, 0));
	if (!wanted->announced)
		return -EAGAIN;
	disk_name(name, wanted->address, wanted->address->partition);
	if (!wanted->reported)
		disk_report(disk, wanted->wait->questions);
	wanted->reported = true;
	if (wanted->address->any_partition) {
		read_ahead(wanted, disk);
		return look_all_over(wanted, disk, failure);
	}
	disk_path(wanted->found->path, name);
	if (!disk_exists(name))
		return miss_partition(wanted, disk, name);
	if (wanted->problem.code == FAIL_NOPART)
		wanted->has_problem = false;
	read_ahead(wanted, name);
	return wanted->by_type ? 0 : look_into(wanted, name, failure);
}

/* ---- root=UUID=, LABEL=, PARTUUID=, PARTLABEL= --------------------------------------------------
 */

/* Whether all have had the time to say that they are the one as well. */
static bool round_is_over(struct wanted *wanted)
{
	uint64_t now = deadline_now(), over = wanted->matched + ROUND;

	for (unsigned i = 0; i < wanted->search.count; i++) {
		struct search_device *device = &wanted->search.device[i];
		uint64_t known = device->is_read ? device->answered + WANTED_SILENT_AFTER
		                                 : search_retry(device);

		if (over < known)
			over = known;
	}
	wanted->next_look = over;
	return now >= over;
}

/* One that has not said what is on it holds up nobody, and may yet be the one that is meant. */
static void tell_of_silent(struct wanted *wanted)
{
	char disks[96];

	search_list_silent(&wanted->search, deadline_now() - WANTED_SILENT_AFTER, disks,
	                   sizeof(disks));
	if (!*disks || wanted->told_of_silent)
		return;
	report_warning(disks, "does not answer when it is read: whether it is ",
	               wanted->address->text, " as well is not known");
	wanted->told_of_silent = true;
}

static int look_for_label(struct wanted *wanted, struct failure *failure)
{
	const struct search_device *match;
	int rc;

	wait_check_servers(wanted->wait, wanted->search.disk);
	search_note_all(&wanted->search, false);
	search_update(&wanted->search, wanted->again);
	rc = choose_named(wanted->address, wanted->search.device, wanted->search.count,
	                  disk_is_held, &match, failure);
	if (rc == -ENOENT) {
		wanted->has_problem = false;
		return -EAGAIN;
	}
	if (!wanted->matched)
		wanted->matched = deadline_now();
	if (rc)
		return rc;
	read_ahead(wanted, match->name);
	if (!round_is_over(wanted))
		return -EAGAIN;
	tell_of_silent(wanted);
	return take_or_wait(wanted, match, failure);
}

/* -------------------------------------------------------------------------------------------------
 */

int wanted_look(struct wanted *wanted, struct failure *failure)
{
	bool by_address = wanted->address->kind == ROOT_AOE;
	unsigned again_every = by_address ? AGAIN_EVERY : ALL_AGAIN_EVERY;
	uint64_t now = deadline_now();

	wanted->again = now > again_every ? now - again_every : 0;
	wanted->next_look =
	        wanted->announced || wanted->search.count ? now + again_every : DEADLINE_NEVER;
	return by_address ? look_for_address(wanted, failure) : look_for_label(wanted, failure);
}

bool wanted_is_nowhere(const struct wanted *wanted)
{
	return wanted->address->kind != ROOT_AOE && !wanted->is_found && !wanted->matched &&
	       search_is_over(&wanted->search, deadline_now() - WANTED_SILENT_AFTER);
}

int wanted_open(struct wanted *wanted, struct wait *wait, const struct root_address *address,
                struct device *found)
{
	int rc = search_open(&wanted->search, wait->epoll);

	wanted->wait = wait;
	wanted->address = address;
	wanted->found = found;
	if (rc)
		return rc;
	wanted->search.partitions = root_needs_table(address);
	wanted->search.beyond = address->beyond;
	if (address->any_partition)
		disk_name(wanted->search.disk, address, 0);
	else if (wanted->within)
		disk_name(wanted->search.disk, wanted->within, 0);
	wanted->search.made_too = !address->any_partition;
	/* Disks of an earlier try are whole: nothing that finds new ones is loaded or up yet. */
	wanted_announce(wanted, NULL);
	return 0;
}

void wanted_close(struct wanted *wanted)
{
	job_end(&wanted->rescan);
	search_close(&wanted->search);
}
