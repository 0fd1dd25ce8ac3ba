/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/find.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "init/deadline.h"
#include "init/diagnose.h"
#include "init/hardware.h"
#include "tools/base/text.h"

/* The state of the search. */
struct find {
	const struct cmdline *cmdline;
	const struct wait *wait;
	struct root_device *device;
	uint64_t not_before; /* rootdelay= */
	bool disks_changed;  /* since they were last looked at */
	bool disk_announced; /* the one that root= names */
	struct wait_goal goal;
};

/*
 * Whether the disk that root= names is there. It shows in sysfs some time before it can be opened
 * and before its partitions are known; when all of that is done the kernel announces it
 * (block/genhd.c, device_add_disk).
 */
static bool wanted_disk_exists(const struct find *find)
{
	char disk[DISK_NAME];

	return find->cmdline->root.kind == ROOT_AOE &&
	       disk_exists(disk_name(disk, &find->cmdline->root, 0));
}

/* A disk or partition was announced, or some may have been. */
static void take_disk(void *context, const char *devname)
{
	static const char directory[] = "etherd/";
	struct find *find = context;
	char disk[DISK_NAME];

	find->disks_changed = true;
	if (!devname)
		find->disk_announced |= wanted_disk_exists(find);
	else if (find->cmdline->root.kind == ROOT_AOE && text_begins(devname, directory) &&
	         !strcmp(devname + sizeof(directory) - 1, disk_name(disk, &find->cmdline->root, 0)))
		find->disk_announced = true;
}

static void missing(void *context, struct failure *failure)
{
	const struct find *find = context;
	char driverless[96] = "", disks[160];
	struct snapshot now = {
	        .cmdline = find->cmdline,
	        .nics = find->wait->nics,
	        .kernel = modules_kernel(),
	        .driverless = driverless,
	        .has_aoe = !access("/sys/module/aoe", F_OK),
	        .has_wanted_disk = wanted_disk_exists(find),
	        .disks = disks,
	};

	hardware_nic_without_driver(driverless, sizeof(driverless));
	disk_list(NULL, disks, sizeof(disks));
	diagnose(&now, failure);
}

/* Whether a disk with the wanted UUID or label is there. Returns as look() does. */
static int look_for_label(struct find *find)
{
	if (disk_search(&find->cmdline->root, find->device))
		return -EAGAIN;
	disk_report(find->device->path + sizeof("/dev/etherd/") - 1, find->wait->questions);
	return 0;
}

/* Whether the wanted disk and partition are there. Returns as look() does. */
static int look_for_address(struct find *find, struct failure *failure)
{
	const struct root_address *root = &find->cmdline->root;
	char disk[DISK_NAME], name[DISK_NAME], partitions[160];

	if (!find->disk_announced)
		return -EAGAIN;
	disk_report(disk_name(disk, root, 0), find->wait->questions);
	text_join(find->device->path, DISK_PATH, "/dev/etherd/",
	          disk_name(name, root, root->partition), NULL);
	if (disk_exists(name))
		return 0;
	disk_list(disk, partitions, sizeof(partitions));
	failure_set(failure, FAIL_NOPART, name, "the disk has no such partition; it has ",
	            *partitions ? partitions : "none", NULL);
	return -ENOENT;
}

static int look(void *context, struct failure *failure)
{
	struct find *find = context;
	bool held_back = deadline_now() < find->not_before;

	find->goal.next_look = held_back ? find->not_before : DEADLINE_NEVER;
	if (!find->disks_changed || held_back)
		return -EAGAIN;
	find->disks_changed = false;
	return find->cmdline->root.kind == ROOT_AOE ? look_for_address(find, failure)
	                                            : look_for_label(find);
}

int find_root(const struct cmdline *cmdline, struct wait *wait, struct root_device *device,
              struct failure *failure)
{
	struct find find = {
	        .cmdline = cmdline,
	        .wait = wait,
	        .device = device,
	        .not_before = deadline_now() + (uint64_t)cmdline->rootdelay * 1000,
	        .disks_changed = true,
	        .goal = {&find, look, missing, take_disk, DEADLINE_NEVER},
	};

	/* Disks of an earlier try are whole: nothing that finds new ones is loaded or up yet. */
	find.disk_announced = wanted_disk_exists(&find);
	hardware_load_drivers(wait->modules);
	return wait_for(wait, &find.goal, failure);
}
