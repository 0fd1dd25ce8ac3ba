/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/find.h"

#include <errno.h>

#include "init/deadline.h"
#include "init/diagnose.h"
#include "init/hardware.h"
#include "init/hook.h"
#include "init/wanted.h"

/* The search for all that is wanted. */
struct find {
	const struct modules *modules;
	struct wait *wait;
	uint64_t not_before; /* rootdelay= */
	struct wanted wanted[DEVICES];
	unsigned count;
	bool has_hook;
	bool hook_is_first; /* it makes what is searched; otherwise it has what was found */
	struct hook hook;
	struct wait_goal goal;
};

static void take_disk(void *context, const char *devname)
{
	struct find *find = context;

	if (find->has_hook)
		hook_announce(&find->hook, devname);
	for (unsigned i = 0; i < find->count; i++)
		if (!find->wanted[i].is_found)
			wanted_announce(&find->wanted[i], devname);
}

/* Whether a target has answered who it is that may have what is wanted. */
static bool was_heard(struct servers *servers, const struct root_address *wanted)
{
	struct server *found[2];

	servers_of(servers, wanted->address, found);
	return wanted->kind == ROOT_AOE ? found[0] != NULL : servers->count;
}

/* What is missing of the first that is. */
static void missing(void *context, struct failure *failure)
{
	struct find *find = context;
	const struct wanted *wanted = find->wanted;
	struct snapshot now = wait_snapshot(find->wait);
	struct driverless driverless;
	char disks[160], silent[96];

	while (wanted < find->wanted + find->count && wanted->is_found)
		wanted++;
	if (find->has_hook && !find->hook.is_done &&
	    (find->hook_is_first || wanted == find->wanted + find->count)) {
		hook_missing(&find->hook, failure);
		return;
	}
	if (wanted->has_problem) {
		*failure = wanted->problem;
		return;
	}
	hardware_find_driverless(find->modules, HARDWARE_BUSSES, &driverless);
	if (wanted->within && !disk_exists(wanted->search.disk))
		now.wanted = wanted->within;
	else
		now.wanted = wanted->address;
	disk_list(NULL, disks, sizeof(disks));
	search_list_silent(&wanted->search, deadline_now() - WANTED_SILENT_AFTER, silent,
	                   sizeof(silent));
	now.parameter = wanted->parameter;
	now.driverless = driverless.device;
	now.untaken = driverless.driver;
	now.has_wanted_disk = wanted_disk_exists(wanted);
	now.was_heard = was_heard(&find->wait->servers, now.wanted);
	now.disks = now.wanted != wanted->within && wanted->within ? wanted->search.disk : disks;
	if (*silent)
		now.silent = silent;
	diagnose(&now, failure);
}

/* What is on none of the devices may be on one that the hook makes of disks that have come since.
 */
static void go_back_to_hook(struct find *find)
{
	bool is_nowhere = false;

	for (unsigned i = 0; i < find->count; i++)
		is_nowhere |= wanted_is_nowhere(&find->wanted[i]);
	if (is_nowhere && hook_once_more(&find->hook))
		find->goal.next_look = 0;
}

static int look_for_all(struct find *find, struct failure *failure)
{
	int rc = 0;

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

static int look_at_hook(struct find *find, struct failure *failure)
{
	int rc = hook_look(&find->hook, failure);

	find->goal.next_look = find->hook.next_look;
	return rc;
}

static int look(void *context, struct failure *failure)
{
	struct find *find = context;
	int rc = -EAGAIN;

	find->goal.next_look = find->not_before;
	if (deadline_now() < find->not_before)
		return rc;
	rc = find->hook_is_first ? look_at_hook(find, failure) : 0;
	if (rc)
		return rc;
	rc = look_for_all(find, failure);
	if (!rc && find->has_hook)
		rc = look_at_hook(find, failure);
	else if (rc == -EAGAIN && find->hook_is_first)
		go_back_to_hook(find);
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
		if (i == DEVICE_ROOT && cmdline->netroot.kind == ROOT_AOE)
			wanted->within = &cmdline->netroot;
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
	        .has_hook = cmdline->hook,
	        .hook_is_first = hook_makes_root(cmdline),
	};
	int rc = want_devices(&find, cmdline, devices);

	if (!rc && find.has_hook)
		rc = hook_open(&find.hook, cmdline, wait, &devices[DEVICE_ROOT]);
	if (rc) {
		failure_set(failure, FAIL_SYSTEM, "memory", report_errno(rc), NULL);
		return rc;
	}
	find.goal = (struct wait_goal){&find, look, missing, take_disk, DEADLINE_NEVER};
	rc = wait_for(wait, &find.goal, failure);
	for (unsigned i = 0; i < find.count; i++)
		wanted_close(&find.wanted[i]);
	if (find.has_hook)
		hook_close(&find.hook);
	return rc;
}
