/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/find.h"

#include <errno.h>

#include "init/deadline.h"
#include "init/diagnose.h"
#include "init/hardware.h"
#include "init/wanted.h"

/* The search for all that is wanted. */
struct find {
	const struct modules *modules;
	struct wait *wait;
	uint64_t not_before; /* rootdelay= */
	struct wanted wanted[DEVICES];
	unsigned count;
	struct wait_goal goal;
};

static void take_disk(void *context, const char *devname)
{
	struct find *find = context;

	for (unsigned i = 0; i < find->count; i++)
		if (!find->wanted[i].is_found)
			wanted_announce(&find->wanted[i], devname);
}

/* Whether a target has answered who it is that may have what is wanted. */
static bool was_heard(const struct servers *servers, const struct root_address *wanted)
{
	struct mac macs[2];

	return wanted->kind == ROOT_AOE ? servers_of(servers, wanted->address, macs)
	                                : servers->count;
}

/* What is missing of the first that is. */
static void missing(void *context, struct failure *failure)
{
	struct find *find = context;
	const struct wanted *wanted = find->wanted;
	struct snapshot now = wait_snapshot(find->wait);
	struct driverless driverless;
	char disks[160], silent[96];

	while (wanted->is_found)
		wanted++;
	if (wanted->has_problem) {
		*failure = wanted->problem;
		return;
	}
	hardware_find_driverless(find->modules, HARDWARE_BUSSES, &driverless);
	disk_list(NULL, disks, sizeof(disks));
	search_list_silent(&wanted->search, deadline_now() - WANTED_SILENT_AFTER, silent,
	                   sizeof(silent));
	now.wanted = wanted->address;
	now.parameter = wanted->parameter;
	now.driverless = driverless.device;
	now.untaken = driverless.driver;
	now.has_wanted_disk = wanted_disk_exists(wanted);
	now.was_heard = was_heard(&find->wait->servers, wanted->address);
	now.disks = disks;
	if (*silent)
		now.silent = silent;
	diagnose(&now, failure);
}

static int look(void *context, struct failure *failure)
{
	struct find *find = context;
	int rc = 0;

	find->goal.next_look = find->not_before;
	if (deadline_now() < find->not_before)
		return -EAGAIN;
	find->goal.next_look = DEADLINE_NEVER;
	for (unsigned i = 0; i < find->count; i++) {
		struct wanted *wanted = &find->wanted[i];
		int found = wanted->is_found ? 0 : wanted_look(wanted, failure);

		wanted->is_found = !found;
		if (found && found != -EAGAIN)
			return found;
		if (found && wanted->next_look < find->goal.next_look)
			find->goal.next_look = wanted->next_look;
		rc = rc ? rc : found;
	}
	return rc;
}

/* Begins the search for all that the command line names. */
static int want_devices(struct find *find, const struct cmdline *cmdline,
                        struct device devices[DEVICES])
{
	const struct {
		const char *parameter;
		const struct root_address *address;
		bool by_type;
		bool any_content;
	} named[DEVICES] = {
	        [DEVICE_ROOT] = {"", &cmdline->root, cmdline->fstype_count, false},
	        [DEVICE_UPPER] = {"rd.overlay=", &cmdline->overlay.device, false, false},
	        [DEVICE_TREE] = {"rd.verity.hash=", &cmdline->hash_tree, true, true},
	};
	int rc = 0;

	for (unsigned i = 0; !rc && i < DEVICES; i++) {
		struct wanted *wanted = &find->wanted[find->count];

		if (named[i].address->kind == ROOT_ABFT || named[i].address->kind == ROOT_DEVICE ||
		    (i == DEVICE_TREE && !cmdline->root_hash))
			continue;
		wanted->parameter = named[i].parameter;
		wanted->by_type = named[i].by_type;
		wanted->any_content = named[i].any_content;
		rc = wanted_open(wanted, find->wait, named[i].address, &devices[i]);
		find->count += !rc;
	}
	return rc;
}

int find_devices(const struct cmdline *cmdline, const struct modules *modules, struct wait *wait,
                 struct device devices[DEVICES], struct failure *failure)
{
	struct find find = {
	        .modules = modules,
	        .wait = wait,
	        .not_before = deadline_now() + (uint64_t)cmdline->rootdelay * 1000,
	};
	int rc = want_devices(&find, cmdline, devices);

	if (rc) {
		failure_set(failure, FAIL_SYSTEM, "memory", report_errno(rc), NULL);
		return rc;
	}
	if (!find.count) /* the root is what a hook makes */
		return 0;
	find.goal = (struct wait_goal){&find, look, missing, take_disk, DEADLINE_NEVER};
	rc = wait_for(wait, &find.goal, failure);
	for (unsigned i = 0; i < find.count; i++)
		wanted_close(&find.wanted[i]);
	return rc;
}
