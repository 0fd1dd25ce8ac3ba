/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A disk that the aoe module does not ask any more, though its target is there. One frame that was
 * changed on the way, or forged, brings the module so far (drivers/block/aoe/aoecmd.c):
 *
 * - a first answer who is there that has no buffers: it sends this target nothing (addtgt), and the
 *   disk never comes;
 *
 * - an answer to what it never asked: the clock in the answer's tag counts as a time that answers
 *   take, 262 s at the most, and frames that are lost are sent again as late as that (tsince,
 *   calc_rttavg).
 *
 * It forgets both when it is told to look at the disk anew (revalidate in aoechr.c).
 */
#ifndef INIT_REVIVE_H
#define INIT_REVIVE_H

#include <stdint.h>

#include "init/job.h"
#include "init/servers.h"

/* All zero: nothing was done yet. */
struct revival {
	struct job job; /* the module may have it wait for an answer */
	uint64_t next;  /* when the disks are looked at again */
};

/* Has the module begin anew with a disk that owes an answer for too long. To be called often. */
void revive_disks(struct revival *revival, struct servers *servers, int epoll);

#endif
