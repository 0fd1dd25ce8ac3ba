/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one loop of a boot: what the kernel announces, the links, the questions to the LAN, what the
 * user is told, and the deadline. A stage says what it waits for; nothing else in the init waits.
 */
#ifndef INIT_WAIT_H
#define INIT_WAIT_H

#include <stdbool.h>
#include <stdint.h>

#include "init/diagnose.h"
#include "init/loader.h"
#include "init/nic.h"
#include "init/report.h"
#include "init/revive.h"
#include "init/servers.h"
#include "init/uevent.h"

/* How often the user is told what is missing. */
enum { TELL_EVERY = 10000 /* milliseconds */ };

/* What a stage waits for. Each function is given `context`. */
struct wait_goal {
	void *context;

	/*
	 * Whether it is there: 0, -EAGAIN to go on waiting, or a negative errno with *failure
	 * filled when waiting will not help. Called whenever something has happened, and at
	 * *next_look.
	 */
	int (*look)(void *context, struct failure *failure);

	/* Fills *failure with what is missing now. */
	void (*missing)(void *context, struct failure *failure);

	/*
	 * A disk or partition was announced, "etherd/e0.0". NULL: announcements were lost, and
	 * everything must be looked at. The function may be NULL.
	 */
	void (*announced)(void *context, const char *devname);

	uint64_t next_look; /* when look wants to be called even if nothing happens */
};

struct wait {
	const struct cmdline *cmdline;
	struct nics *nics;
	struct loader *loader;
	struct servers servers;
	struct revival revival;
	int paths;          /* a socket of path.h */
	uint64_t next_path; /* when that is to be looked at again */
	int epoll;          /* sockets, and the pidfds of children: whatever wakes the loop */
	int uevents;
	uint64_t give_up; /* rd.timeout= */
	uint64_t next_question;
	uint64_t next_telling;
	unsigned questions;   /* that the LAN was asked so far */
	uint64_t eager_until; /* when it is asked less often */
	bool had_carrier;
	bool had_aoe;
	bool drivers_were_busy;
	char buffer[UEVENT_SIZE];
};

/* Opens what the loop listens to. Returns 0, or a negative errno with *failure filled. */
int wait_open(struct wait *wait, const struct cmdline *cmdline, struct nics *nics,
              struct loader *loader, struct failure *failure);

/*
 * Waits for a goal. Says every 10 s what is missing. Returns what the goal's look returned, or
 * -ETIMEDOUT (rd.timeout=) with *failure filled.
 */
int wait_for(struct wait *wait, struct wait_goal *goal, struct failure *failure);

/* Has the user told what is missing at once, and not only when it is time to. */
void wait_tell_now(struct wait *wait);

/* What the loop knows of the machine; what is known of disks is the caller's to add. */
struct snapshot wait_snapshot(const struct wait *wait);

/*
 * Tells, once, if more than one server answers for the disk of a device ("e0.0p1") that is used; of
 * one that is no AoE disk nothing is told.
 */
void wait_check_servers(struct wait *wait, const char *device);

#endif
