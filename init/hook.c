/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/hook.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/console.h"
#include "init/deadline.h"
#include "init/job.h"
#include "tools/base/text.h"

/* After a failure, even if nothing has come: what it lacked may have been put right elsewhere. */
enum { AGAIN_AFTER = 10000 /* milliseconds */ };

/* What came of it, in memory that its process shares with the boot. */
struct outcome {
	int status; /* its exit status, and a signal's number on top of 128 as in a shell */
	int rc;     /* of looking at the root's device; -ENODEV: there is none */
	struct superblock superblock;
};

static bool note_disk(void *context, const char *name)
{
	(void)name;
	((struct hook *)context)->due = true;
	return false;
}

void hook_announce(struct hook *hook, const char *devname)
{
	if (!devname)
		disk_each(note_disk, hook);
	else if (text_begins(devname, "etherd/"))
		hook->due = true;
}

bool hook_makes_root(const struct cmdline *cmdline)
{
	return cmdline->hook && cmdline->root.kind != ROOT_AOE && cmdline->root.kind != ROOT_ABFT;
}

/* Whether the root is looked for by UUID or label, on what the program has made or as it is. */
static bool is_looked_for(const struct hook *hook)
{
	return hook_makes_root(hook->cmdline) && hook->cmdline->root.kind != ROOT_DEVICE;
}

/* What the program is told of the root. */
static char *argument(const struct hook *hook)
{
	return is_looked_for(hook) ? (char *)(uintptr_t)hook->cmdline->root.text
	                           : hook->device->path;
}

/* The program as a child of its own, since it may leave others behind, then what it has made. */
static _Noreturn void run(struct hook *hook)
{
	char *path = (char *)(uintptr_t)hook->cmdline->hook;
	char *const argv[] = {path, argument(hook), NULL};
	struct outcome *outcome = hook->outcome;
	int status = 127 << 8; /* as a shell says that a program cannot be started */
	pid_t child = _Fork();

	if (!child) {
		console_become(path, argv);
		_exit(127);
	}
	if (child > 0)
		waitpid(child, &status, 0);
	outcome->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	if (!outcome->status && !is_looked_for(hook))
		outcome->rc = disk_identify(hook->device->path, &outcome->superblock);
	_exit(0);
}

static int start(struct hook *hook, struct failure *failure)
{
	int rc;

	report_stage("hook", hook->cmdline->hook, " ", argument(hook), NULL);
	hook->outcome->status = 128; /* for a process that is killed */
	rc = job_start(&hook->job, hook->wait->epoll);
	if (!rc)
		run(hook);
	hook->due = false;
	hook->was_run = true;
	hook->next_look = DEADLINE_NEVER;
	if (rc > 0)
		return -EAGAIN;
	failure_set(failure, FAIL_HOOK, hook->cmdline->hook, "not started: ", report_errno(rc),
	            NULL);
	return rc;
}

/* What is wrong with the device that there should be now; NULL: nothing. */
static const char *find_fault(const struct hook *hook)
{
	const struct outcome *outcome = hook->outcome;
	bool type_is_given = hook->cmdline->fstype_count;

	if (outcome->rc == -ENOENT)
		return type_is_given ? NULL : "no file system that is known";
	if (outcome->rc)
		return report_errno(outcome->rc);
	return type_is_given || outcome->superblock.module ? NULL : outcome->superblock.type;
}

int hook_look(struct hook *hook, struct failure *failure)
{
	uint64_t now = deadline_now();

	if (hook->is_done)
		return 0;
	if (job_runs(&hook->job))
		return -EAGAIN;
	if (hook->was_run && !hook->outcome->status && !find_fault(hook)) {
		if (!is_looked_for(hook))
			hook->device->superblock = hook->outcome->superblock;
		hook->is_done = true;
		return 0;
	}
	if (hook->due || now >= hook->next_look)
		return start(hook, failure);
	if (hook->was_run && hook->next_look == DEADLINE_NEVER) {
		hook->next_look = now + AGAIN_AFTER;
		wait_tell_now(hook->wait);
	}
	return -EAGAIN;
}

bool hook_once_more(struct hook *hook)
{
	if (hook->due)
		hook->is_done = hook->was_run = false;
	return hook->due;
}

void hook_missing(struct hook *hook, struct failure *failure)
{
	const char *path = hook->cmdline->hook;
	char number[TEXT_NUMBER], disks[160];
	struct snapshot now;

	if (hook->job.pid) {
		failure_set(failure, FAIL_HOOK, path, "it still runs", NULL);
	} else if (!hook->was_run) {
		now = wait_snapshot(hook->wait);
		disk_list(NULL, disks, sizeof(disks));
		now.disks = disks;
		diagnose(&now, failure);
	} else if (hook->outcome->status) {
		failure_set(failure, FAIL_HOOK, path, "it ended with status ",
		            text_decimal(number, (uint64_t)hook->outcome->status),
		            access(path, X_OK) ? ": the image has no such program" : "", NULL);
	} else {
		failure_set(failure, FAIL_HOOK, path, "it ended with status 0, but ",
		            hook->device->path, " is no root: ", find_fault(hook), NULL);
	}
}

int hook_open(struct hook *hook, const struct cmdline *cmdline, struct wait *wait,
              struct device *device)
{
	hook->cmdline = cmdline;
	hook->wait = wait;
	hook->device = device;
	hook->next_look = DEADLINE_NEVER;
	hook->outcome = job_share(sizeof(*hook->outcome));
	if (!hook->outcome)
		return -ENOMEM;
	if (cmdline->root.kind == ROOT_DEVICE)
		text_join(device->path, sizeof(device->path), cmdline->root.text, NULL);
	hook_announce(hook, NULL); /* what is there already */
	return 0;
}

void hook_close(struct hook *hook)
{
	job_end(&hook->job);
}
