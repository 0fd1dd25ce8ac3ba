/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/enter.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "init/deadline.h"
#include "init/diagnose.h"
#include "init/fsck.h"
#include "init/identity.h"
#include "init/job.h"
#include "init/layers.h"
#include "init/switch.h"
#include "tools/base/text.h"

/* A disk that failed is tried again after this time: the target comes back, or is mended. */
enum { AGAIN_AFTER = 5000 /* milliseconds */ };

/*
 * How often the disk's transfers are counted, which no event tells of, and after what time without
 * one it counts as silent: large file systems take long to mount, but not without reading.
 */
enum { COUNT_EVERY = 1000, SILENT_AFTER = 4000 /* milliseconds */ };

/* What the process found, in memory that it shares with the boot. */
struct entered {
	int rc;
	const char *init; /* points into the command line, which both have, or to a constant */
	char loading[MODULE_NAME];
	bool checking;
	struct failure failure;
};

struct enter {
	const struct cmdline *cmdline;
	struct modules modules;
	struct wait *wait;
	struct device *devices;
	struct entered *entered;
	struct job job;
	bool was_tried;
	uint64_t again;     /* when it is tried again, after a failure that may pass */
	uint64_t transfers; /* of the disks, when they were last looked at... */
	uint64_t progress;  /* ...and when there were more of them than before */
	struct wait_goal goal;
};

/* "/dev/etherd/e0.0p1"; "" for a device that is not wanted */
static const char *path_of(const struct enter *enter, unsigned device)
{
	return enter->devices[device].path;
}

static const char *name_of(const struct enter *enter, unsigned device)
{
	return disk_name_of(path_of(enter, device));
}

/* The device that owes an answer; the root if none does. */
static const char *find_busy(const struct enter *enter)
{
	for (unsigned i = 0; i < DEVICES; i++)
		if (*path_of(enter, i) && disk_is_asked(path_of(enter, i)))
			return name_of(enter, i);
	return name_of(enter, DEVICE_ROOT);
}

static _Noreturn void try(struct enter *enter)
{
	struct device devices[DEVICES], *root = &devices[DEVICE_ROOT];
	struct entered *entered = enter->entered;

	layers_unmount(); /* of an earlier try */
	memcpy(devices, enter->devices, sizeof(devices));
	for (unsigned i = 0; i < DEVICES; i++)
		if (*path_of(enter, i))
			disk_read_ahead(path_of(enter, i));
	/* Whose type was said was not read so far; checks and an overlay ask more of it. */
	if (!root->superblock.type)
		disk_identify(root->path, &root->superblock);
	enter->modules.loading = entered->loading;
	if (fsck_is_due(enter->cmdline, root)) {
		entered->checking = true;
		entered->rc = fsck_run(root, &entered->failure);
		entered->checking = false;
		if (entered->rc)
			_exit(0);
	}
	entered->rc = layers_mount(enter->cmdline, &enter->modules, devices, &entered->failure);
	if (!entered->rc)
		entered->rc = switch_find_init(enter->cmdline, &entered->init, &entered->failure);
	if (!entered->rc)
		identity_give(enter->cmdline, name_of(enter, DEVICE_ROOT));
	if (entered->rc)
		layers_unmount();
	_exit(0);
}

/* What may pass, because it is the disk's and not the file system's. */
static bool may_pass(int rc)
{
	return rc == -EIO || rc == -ENXIO || rc == -ENOLINK || rc == -ETIMEDOUT;
}

static int start(struct enter *enter, struct failure *failure)
{
	int rc;

	enter->entered->rc = -EIO; /* for a process that is killed */
	failure_set(&enter->entered->failure, FAIL_SYSTEM, enter->devices[DEVICE_ROOT].path,
	            "the process that mounts it was killed", NULL);
	rc = job_start(&enter->job, enter->wait->epoll);
	if (!rc)
		try(enter);
	enter->was_tried = true;
	if (rc > 0)
		return -EAGAIN;
	failure_set(failure, FAIL_SYSTEM, enter->devices[DEVICE_ROOT].path,
	            "starting a process that mounts it: ", report_errno(rc), NULL);
	return rc;
}

static void count_transfers(struct enter *enter, uint64_t now)
{
	uint64_t transfers = 0;

	for (unsigned i = 0; i < DEVICES; i++)
		if (*path_of(enter, i))
			transfers += disk_transfers(path_of(enter, i));
	if (transfers != enter->transfers)
		enter->progress = now;
	enter->transfers = transfers;
	enter->goal.next_look = now + COUNT_EVERY;
}

static int look(void *context, struct failure *failure)
{
	struct enter *enter = context;
	uint64_t now = deadline_now();

	for (unsigned i = 0; i < DEVICES; i++)
		wait_check_servers(enter->wait, name_of(enter, i));
	if (job_runs(&enter->job)) {
		count_transfers(enter, now);
		return -EAGAIN;
	}
	if (loader_way(enter->wait->loader))
		return -EAGAIN;
	if (!enter->was_tried || (enter->again && now >= enter->again)) {
		enter->again = 0;
		enter->goal.next_look = DEADLINE_NEVER;
		return start(enter, failure);
	}
	if (enter->again)
		return -EAGAIN;
	if (!may_pass(enter->entered->rc)) {
		*failure = enter->entered->failure;
		return enter->entered->rc;
	}
	enter->again = enter->goal.next_look = now + AGAIN_AFTER;
	for (unsigned i = 0; i < DEVICES; i++)
		job_end(&enter->devices[i].reader); /* nothing is to be kept of what was read */
	wait_tell_now(enter->wait);
	return -EAGAIN;
}

static void missing(void *context, struct failure *failure)
{
	struct enter *enter = context;
	struct snapshot now = wait_snapshot(enter->wait);
	bool answers = deadline_now() - enter->progress < SILENT_AFTER;

	if (answers && enter->entered->checking) {
		failure_set(failure, FAIL_NOTREADY, name_of(enter, DEVICE_ROOT),
		            "e2fsck is checking it", NULL);
		return;
	}
	if (enter->again) {
		*failure = enter->entered->failure;
		return;
	}
	if (!*now.way)
		now.way = enter->entered->loading;
	diagnose_use(&now, find_busy(enter), answers, failure);
}

int enter_root(const struct cmdline *cmdline, const struct modules *modules, struct wait *wait,
               struct device devices[DEVICES], const char **init, struct failure *failure)
{
	struct enter enter = {
	        .cmdline = cmdline,
	        .modules = *modules,
	        .wait = wait,
	        .devices = devices,
	        .entered = job_share(sizeof(*enter.entered)),
	};
	int rc;

	if (!enter.entered) {
		failure_set(failure, FAIL_SYSTEM, "memory", report_errno(-ENOMEM), NULL);
		return -ENOMEM;
	}
	enter.goal = (struct wait_goal){&enter, look, missing, NULL, DEADLINE_NEVER};
	rc = wait_for(wait, &enter.goal, failure);
	*init = enter.entered->init;
	job_end(&enter.job);
	return rc;
}
