/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device that the boot wants of the LAN, by address, UUID or label, and the search for it. */
#ifndef INIT_WANTED_H
#define INIT_WANTED_H

#include "init/disk.h"
#include "init/search.h"
#include "init/wait.h"

/* A disk that has not answered a read for so long holds up nobody, and is named. */
enum { WANTED_SILENT_AFTER = 2000 /* milliseconds */ };

struct wanted {
	struct wait *wait;
	const char *parameter; /* that names it, for messages: "rd.overlay="; "" for the root */
	const struct root_address *address;
	const struct root_address *within; /* the only disk that it is looked for on, or NULL */
	struct device *found;
	bool is_found;    /* the caller's: what wanted_look has said */
	bool by_type;     /* what to mount it as was said: it need not be read for that */
	bool any_content; /* it is not mounted: whatever stands on it will do */
	struct search search;
	struct job rescan;
	uint64_t again; /* what was read before this is read again */
	uint64_t next_again;
	uint64_t next_look; /* when wanted_look is to be called even if nothing happens */
	uint64_t matched;   /* when a disk with the UUID or label was seen first; 0: not yet */
	bool announced;     /* the disk that an address names */
	bool reported;
	bool told_of_silent;
	bool has_problem; /* which is the following: the disk is there, and not as it should be */
	struct failure problem;
};

/*
 * Begins the search for what `address` names, in zeroed *wanted; what is found goes to *found.
 * Returns 0 or a negative errno.
 */
int wanted_open(struct wanted *wanted, struct wait *wait, const struct root_address *address,
                struct device *found);

/* A device was announced, "etherd/e0.0" or "dm-0"; NULL: some may have been. */
void wanted_announce(struct wanted *wanted, const char *devname);

/*
 * Whether it is found: 0, -EAGAIN to go on, or a negative errno with *failure filled when waiting
 * will not help.
 */
int wanted_look(struct wanted *wanted, struct failure *failure);

/* Whether what is wanted by UUID or label is on none of the devices, all of which were read. */
bool wanted_is_nowhere(const struct wanted *wanted);

/* Whether the disk that it is on is there for the kernel, if it is one by address. */
bool wanted_disk_exists(const struct wanted *wanted);

void wanted_close(struct wanted *wanted);

#endif
