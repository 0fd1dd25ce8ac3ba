/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program in the image that makes the root, or makes it ready: rd.hook=. */
#ifndef INIT_HOOK_H
#define INIT_HOOK_H

#include "init/disk.h"
#include "init/wait.h"

struct hook {
	const struct cmdline *cmdline;
	struct wait *wait;
	struct device *device; /* of the root */
	struct outcome *outcome;
	struct job job;
	bool due; /* disks have come */
	bool was_run;
	bool is_done;       /* as hook_look has said */
	uint64_t next_look; /* when hook_look is to be called even if nothing happens */
};

/*
 * Whether it makes what root= names, or what that is found on: a device below /dev, a UUID or a
 * label. Otherwise it makes ready what was found.
 */
bool hook_makes_root(const struct cmdline *cmdline);

/* Begins, in zeroed *hook; *device is the root's. Returns 0 or a negative errno. */
int hook_open(struct hook *hook, const struct cmdline *cmdline, struct wait *wait,
              struct device *device);

/* A device was announced, "etherd/e0.0"; NULL: some may have been. */
void hook_announce(struct hook *hook, const char *devname);

/*
 * Whether it has done its work: 0, -EAGAIN to go on, or a negative errno with *failure filled. It
 * is run when there are disks, with the path of the root's device, or else what root= says, as its
 * argument, and again as more appear or a while after it has failed. It is done when it has ended
 * with 0 and the root's device is there, if one is named: *device is filled then.
 */
int hook_look(struct hook *hook, struct failure *failure);

/*
 * What is wanted is not on what there is: a program that has done its work is run again if more
 * disks have come since it was started. Returns whether it is.
 */
bool hook_once_more(struct hook *hook);

/* What is in its way. */
void hook_missing(struct hook *hook, struct failure *failure);

void hook_close(struct hook *hook);

#endif
